// /v1/schedules: what recurs, and when it fires next.

import Audit
import Base
import HTTP

extension Services {
  var scheduleRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/schedules", scopes: [.read], summary: "schedules by name",
        success: .inline(
          200, Schemas.object(["schedules": Schemas.array(of: "Schedule")], all: true)),
        handle: listSchedules),
      Route(
        method: .post, template: "/v1/schedules", scopes: [.admin], summary: "add a schedule",
        body: Schemas.reference("ScheduleRequest"), success: .schema(201, "Schedule"),
        takesIdempotencyKey: true, handle: addSchedule),
      Route(
        method: .delete, template: "/v1/schedules/{name}", scopes: [.admin],
        summary: "remove a schedule; jobs it made stay", success: .empty(204)
      ) { (call) throws(APIError) in
        let name = call.path("name")
        let removed = try write { (state) throws(Problem) in
          try ScheduleTable.remove(name: name, in: state.database)
        }
        guard removed else { throw APIError.notFound("schedule") }
        return Response(204)
      },
    ]
  }

  private func listSchedules(_ call: Call) throws(APIError) -> Response {
    let rows = try read { (database) throws(Problem) in try ScheduleTable.all(in: database) }
    let now = clock.now()
    return .json(
      200, ["schedules": .array(rows.map { $0.json(next: $0.next(after: now, zones: zones)) })])
  }

  private func addSchedule(_ call: Call) throws(APIError) -> Response {
    let now = clock.now()
    let json = try call.json()
    let schedule = try self.schedule(json, now: now)
    let recurrence = try translated { () throws(Problem) in
      try Recurrence(cron: schedule.cron, timeZone: schedule.timeZone, database: zones)
    }
    let next = recurrence.next(after: now, count: 1).first
    return try idempotency.perform(call) { (state) throws(Problem) in
      guard try ScheduleTable.add(schedule, at: now, in: state.database) else {
        throw Problem(
          .usage, "schedule_exists", place: "/name",
          reason: "There is a schedule of this name already; remove it first.")
      }
      return Created(status: 201, json: schedule.json(next: next), location: nil)
    }
  }

  private func schedule(_ json: JSON, now: Instant) throws(APIError) -> ScheduleRecord {
    guard let object = json.object else { throw APIError(BodyFault("", "an object is wanted")) }
    let known: Set<String> = ["name", "cron", "timezone", "task", "catch_up"]
    for key in object.keys where !known.contains(key) {
      throw APIError(BodyFault("", "a key is not known here"))
    }
    guard let nameText = object["name"]?.string else {
      throw APIError(BodyFault("/name", "a name is wanted"))
    }
    let name = try Self.name(nameText, at: "/name")
    guard let cron = object["cron"]?.string, cron.utf8.count <= 200 else {
      throw APIError(BodyFault("/cron", "a cron expression is wanted"))
    }
    guard let timeZone = object["timezone"]?.string, timeZone.utf8.count <= 64 else {
      throw APIError(BodyFault("/timezone", "the name of a time zone is wanted"))
    }
    var catchUp = ScheduleRecord.CatchUp.latest
    if let value = object["catch_up"] {
      guard let word = value.string.flatMap(ScheduleRecord.CatchUp.init(rawValue:)) else {
        throw APIError(BodyFault("/catch_up", "latest or none is wanted"))
      }
      catchUp = word
    }
    return ScheduleRecord(
      name: name, cron: cron, timeZone: timeZone, task: try task(object["task"]),
      catchUp: catchUp, consideredUntil: now, lastFired: nil)
  }

  private func task(_ json: JSON?) throws(APIError) -> ScheduleTask {
    let task: ScheduleTask
    do throws(BodyFault) { task = try ScheduleTask(json ?? .null) } catch { throw APIError(error) }
    // The paths of the task are those of the job that it starts.
    guard let request = task.fixedRequest else { return task }
    do throws(APIError) { return ScheduleTask(try located(request)) } catch {
      throw error.below("/task")
    }
  }
}
