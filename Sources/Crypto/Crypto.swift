// SHA-256, Merkle trees, signatures, statements and DSSE, certificates, key files.
