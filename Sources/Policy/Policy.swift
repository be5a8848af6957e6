// Evaluates rules over facts and explains each verdict.
