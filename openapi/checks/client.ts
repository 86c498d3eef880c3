// Uses the generated types as an integrator does: it compiles only while they say what the service says.
import type { components, operations, paths } from "./schema";

type Job = components["schemas"]["JobResponse"];
type JobPage = paths["/v1/jobs"]["get"]["responses"]["200"]["content"]["application/json"];
type Problem = paths["/v1/jobs"]["get"]["responses"]["403"]["content"]["application/problem+json"];
type JobPath = operations["get_job"]["parameters"]["path"];

export function unfinished(page: JobPage): Job[] {
  return page.items.filter((job) => job.finished_at == null);
}

export function progress(job: Job): string {
  return `${job.progress.done} of ${job.progress.total ?? "?"}`;
}

export function target(path: JobPath): string {
  return `/v1/jobs/${path.id}`;
}

export function explain(problem: Problem): string {
  const places = (problem.errors ?? []).map((error) => `${error.pointer}: ${error.detail}`);
  return [problem.title, problem.detail, ...places].join("\n");
}
