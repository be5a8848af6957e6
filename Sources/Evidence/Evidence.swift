// The ladder of evidence: numbers in, verdict with its error out.
