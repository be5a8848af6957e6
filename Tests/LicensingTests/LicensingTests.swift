// Tests of Licensing.
