// Tokenizes, runs a model reproducibly, yields token distributions behind Scorer.
