// A model as an answer names it: its name, its path on this machine, its digest.

import Base

/// A model, or a recording of one, as it stands in an answer.
public struct ComparedModel: Equatable, Sendable {
  public var id: String
  public var path: String
  /// `files_root` of the fingerprint; SHA-256 of the file if this is a recording.
  public var fingerprint: Digest
  /// Outputs that somebody recorded: the digest names the recording and no model.
  public var isRecording = false
  /// What it was trained on, as far as somebody declares it.
  public var trainingText: [String] = []
}
