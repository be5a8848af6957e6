// Statements in a signed append-only log, proofs and the lineage graph.
