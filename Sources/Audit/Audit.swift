// The jobs: check, compare, trial, panel, verify.
