// What makes evidence checkable by a stranger: digests, trees, signatures, statements.
//
//     SHA256                     one message, or several side by side
//     MerkleTree, …Proof         RFC 6962 trees, inclusion and consistency
//     Ed25519, ECDSA, KeyFile    signatures through OpenSSL, private keys on disk
//     NoteVerifier, NoteSigner   keys of signed notes (C2SP), of logs and of witnesses
//     Envelope, Statement        DSSE and in-toto: who said what about which digests
//     Certificate                X.509 chains of those who sign models
//
// Does not: touch a socket, or keep anything; secrets live as long as their values do.
