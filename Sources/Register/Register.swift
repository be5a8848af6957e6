// The register of decisions: one view on the log that says what holds today.
//
// A decision is a function of recorded facts of a model, its lineage, a pack, a profile, the
// licence catalogue and the day. The register keeps for each what it rests on and until when it
// holds by itself, and compares that with what is there now whenever somebody asks:
//
//     current      nothing it rests on has changed, and its day has not passed
//     stale        something it rests on changed; it is not decided again yet
//     expired      its last day has passed
//     superseded   there is a newer one about the same model under the same pack and profile
//
// A gate says yes only for a newest decision that is current and `allow`.
//
//     RegisterTables    the view in SQLite; RegisterAdvance fills it from verified entries
//     ModelFacts        what was recorded of a model: deciding again reads no file of it
//     ModelLineage      edges, waivers and known licences of a model, as the log says now
//     Answer            facts + lineage + pack + profile + day -> verdict and findings
//     Decision          a check of the log with its state and, if it changed, its causes
//     Decider           makes decisions that no longer stand again
//     Calendar          what the next days will change by themselves
//     StateLog          appends statements and advances the register in one transaction
//
// Promises: a pure function of the log, the trusted keys and the blobs; rebuilt from them it has
// the same rows. An entry and its row become durable together; what another program appended is
// taken in before anything is answered.
// Does not: read models, or print.

/// The register of a state; its functions stand in the files named above.
public enum Register {}
