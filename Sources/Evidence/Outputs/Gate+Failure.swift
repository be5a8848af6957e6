// What it means for people that a gate of rung 5 does not hold: a clause behind "because".

extension Gate {
  /// In words, never by the gate's name; the detail says what would mend it.
  var failure: String {
    switch name {
    case "enough-controls": "there are too few controls"
    case "controls-clean": "a control itself looks as if it had learned from the reference"
    case "same-data-control": Self.noSharedText
    case "same-tokenizer": "too few controls have the suspect's tokenizer"
    case "era": "the suspect is much better or worse at these texts than the controls"
    case "specific": "the suspect is not clearly nearer to this reference than to anything else"
    case "stable": "two halves of the texts do not say the same"
    case "adjusted": "chance is not ruled out for as many pairs as were compared"
    case "byte-exact": "no exact measurement says the same"
    default: "something it needs does not hold: \(detail)"
    }
  }

  /// Without a control of the same training text, what both learned from it looks like descent.
  public static let noSharedText =
    "it is not said of any control that it learned from the reference's training text"
}
