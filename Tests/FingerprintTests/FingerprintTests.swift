// Tests of Fingerprint.
