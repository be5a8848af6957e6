// /v1/admission: a validating webhook of Kubernetes (admission.k8s.io/v1 AdmissionReview), answered
// from the register alone, so that a rollout never waits for a model to be read.
//
// A workload names its model by the annotation `assay.dev/model`, on itself or on the template of
// its pods. Only a newest decision that is current and `allow` lets it in, under the policy and for
// the profile that `gate` in config.json demands; everything else is refused, with a sentence that
// names both and says what to do. Deletions pass. Nothing is written, dry run or not.

import Audit
import Base
import HTTP
import Register

extension Services {
  var admissionRoutes: [Route] {
    [
      Route(
        method: .post, template: "/v1/admission", scopes: [.admission],
        summary: "a Kubernetes AdmissionReview, answered from stored decisions",
        body: Schemas.reference("AdmissionReview"), success: .schema(200, "AdmissionReview"),
        bodyLimit: 4 << 20, handle: admit)
    ]
  }

  static let modelAnnotation = "assay.dev/model"

  private func admit(_ call: Call) throws(APIError) -> Response {
    let review = try call.json()
    guard review["kind"]?.string == "AdmissionReview" else {
      throw APIError(BodyFault("/kind", "AdmissionReview is wanted"))
    }
    guard review["apiVersion"]?.string == "admission.k8s.io/v1" else {
      throw APIError(BodyFault("/apiVersion", "admission.k8s.io/v1 is wanted"))
    }
    guard let uid = review["request"]?["uid"]?.string, (1...128).contains(uid.utf8.count) else {
      throw APIError(BodyFault("/request/uid", "an identifier is wanted"))
    }
    guard let operation = review["request"]?["operation"]?.string else {
      throw APIError(BodyFault("/request/operation", "an operation is wanted"))
    }
    var response: JSONObject = ["uid": .string(uid)]
    var answer = WorkloadAnswer()
    if operation != "DELETE", operation != "CONNECT" {
      answer = try self.answer(about: review["request"]?["object"] ?? .null)
    }
    response["allowed"] = .bool(answer.refusal == nil)
    if let refusal = answer.refusal {
      response["status"] = ["code": 403, "reason": "Forbidden", "message": .string(refusal)]
    }
    if !answer.decisions.isEmpty { response["auditAnnotations"] = .object(answer.annotations) }
    return .json(
      200,
      [
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": .object(response),
      ])
  }

  /// What is answered about a workload, and the decisions that it stands on.
  private struct WorkloadAnswer {
    /// Why it must not run; nil if its models were all allowed.
    var refusal: String?
    var decisions: [StandingDecision] = []

    /// Names rules and asker to whoever reads the cluster's audit log.
    var annotations: JSONObject {
      func names(_ name: (StandingDecision) -> String) -> JSON {
        .string(
          Set(decisions.map(name)).sorted { ByteName($0) < ByteName($1) }
            .joined(separator: ","))
      }
      return [
        "decision": names { $0.decision.id },
        "policy": names { $0.decision.check.policy?.name ?? "none" },
        "profile": names { $0.decision.check.profile?.name ?? "none" },
      ]
    }
  }

  private func answer(about object: JSON) throws(APIError) -> WorkloadAnswer {
    var result = WorkloadAnswer()
    let places = [
      object["metadata"], object["spec"]?["template"]?["metadata"],
      object["spec"]?["jobTemplate"]?["spec"]?["template"]?["metadata"],
      object["spec"]?["predictor"]?["metadata"],
    ]
    let named = places.compactMap { $0?["annotations"]?[Self.modelAnnotation] }
    guard !named.isEmpty else {
      result.refusal =
        "No model is named: set the annotation \(Self.modelAnnotation) to its digest."
      return result
    }
    for value in named {
      guard let digest = value.string.flatMap(Digest.init(tagged:)) else {
        result.refusal =
          "The annotation \(Self.modelAnnotation) is not sha256: and 64 hexadecimal digits."
        return result
      }
      let answer = try standing { (standing) throws(Problem) in
        try standing.gate(digest, demand: standing.sources.settings.gate)
      }
      if let standing = answer.standing { result.decisions.append(standing) }
      if !answer.isAllowed {
        result.refusal = answer.reason
        return result
      }
    }
    return result
  }
}
