// Tests of Evidence.
