// Where a weight file finds the files that it refers to by name: external data of ONNX.

import Base

/// The files around one weight file.
struct ExternalFiles {
  /// The folder that the weight file's name stands in, on the disk or in its layout.
  let directory: String
  /// What stands before the names that the weight file gives, to be names of the model.
  let prefix: String
  private let place: ModelLocation

  /// - Parameters:
  ///   - name: of the weight file, in the model.
  ///   - place: the model's; its layout says where a name lies that is a link in a cache.
  init(of name: String, in place: ModelLocation) {
    directory = FileSystem.directoryName(place.place(of: name))
    prefix = name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
    self.place = place
  }

  /// The location that the layout gives to a name; nil if it does not know one.
  func location(of name: String) -> String? { place.location(referredTo: prefix + name) }
}
