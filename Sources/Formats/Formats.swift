// Reads model files as data and never executes them.
