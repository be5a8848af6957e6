// What will be tested and how, in words and numbers, fixed before anything is served.
//
// The numbers are those of the tests themselves: a change of the program changes the plan, and a
// plan that differs from the program's is named when a trial is verified.

import Base

/// The committed plan of a trial.
public enum TrialPlan {
  /// How suspects are scored, which statistic is computed and when it counts.
  public static let json: JSON = [
    "score": "log-probability of the whole completion given the prompt, nats, exact arithmetic",
    "difference": "score of a minus score of b; counted with + where a was served, else with -",
    "control_variates": .string(
      "least squares through the origin on the differences of the references, each scaled to one, "
        + "with the ridge of least leave-one-out error"),
    "ridges": .array(ControlVariates.ridges.map { JSON($0) }),
    "pairs_per_reference": JSON(ControlVariates.pairsPerRegressor),
    "tie": JSON(TrialData.tieShare), "usable_pairs_min": JSON(TrialResult.usablePairsMin),
    "clip_medians": JSON(SignFlip.clipMedians), "statistic": "sum of the clipped signed residuals",
    "p_value": "sign flips by Monte Carlo; Chernoff bound where few draws reach the statistic",
    "draws": JSON(SignFlip.drawCount), "exceedances_min": JSON(SignFlip.exceedancesMin),
    "alpha": JSON(TrialResult.level), "adjustment": "Holm over the customers",
    "looks": "one for each suspect; every further one by the e-process, p = 1 / its maximum",
  ]
}
