/**
 * ECS: the alert as a document of the Elastic Common Schema.
 *
 * Source    Elastic Common Schema 9.4.0, field sets event, rule, threat, gen_ai, service.
 * Departs   What has no place there stands under `perimeter`. `agent.*` is the shipper in ECS, so the
 *           agent that is watched is `gen_ai.agent` and `service`.
 */
import type { Alert } from '../../alert/alert.ts'
import { scales } from './severity.ts'

const ECS_VERSION = '9.4.0'

/** `event.id` is the alert's id in every revision. */
export function ecsOf(alert: Alert) {
  const { agent } = alert
  const attacks = new Map(
    alert.candidates.flatMap(({ attack }) => attack).map((one) => [one.v18, one] as const),
  )
  const [foremost] = alert.reasons
  return {
    '@timestamp': alert.lastTime,
    ecs: { version: ECS_VERSION },
    event: {
      kind: 'alert',
      category: ['intrusion_detection'],
      type: ['info'],
      module: 'perimeter',
      dataset: 'perimeter.alert',
      provider: 'perimeter',
      id: alert.id,
      action: foremost?.detector ?? 'none',
      reason: alert.title,
      severity: scales[alert.severity].elastic,
      risk_score: alert.score,
      start: alert.time,
      end: alert.lastTime,
    },
    message: alert.title,
    rule: { name: foremost?.title ?? alert.title, ruleset: 'perimeter', version: alert.scoredWith },
    threat: {
      framework: 'MITRE ATT&CK',
      technique: {
        id: [...attacks.keys()],
        name: [...attacks.values()].map(({ name }) => name),
        reference: [...attacks.values()].map(({ url }) => url),
      },
    },
    gen_ai: { agent: { id: agent.id, name: agent.name ?? agent.id } },
    service: { id: agent.id, name: agent.name ?? agent.id, type: 'ai-agent' },
    ...(agent.sponsor === undefined ? {} : { related: { user: [agent.sponsor] } }),
    perimeter: {
      revision: alert.revision,
      tenant: alert.tenant,
      severity: alert.severity,
      severity_why: alert.severityWhy,
      confidence: alert.confidence,
      blueprint: agent.blueprint,
      criticality: agent.criticality,
      reasons: alert.reasons.map(({ detector, title, expected, seen, p, event }) => ({
        detector,
        title,
        expected,
        seen,
        p,
        event,
      })),
      evidence: alert.evidence,
      candidates: alert.candidates.map(({ id, mayBe, confidence }) => ({
        id,
        may_be: mayBe,
        confidence,
      })),
      atlas: alert.techniques.atlas,
      owasp: alert.techniques.owasp,
      next_steps: alert.nextSteps,
      links: alert.links.map(({ kind, key }) => `${kind}:${key}`),
      events: alert.events,
      event_count: alert.eventCount,
      sessions: alert.sessions,
    },
  }
}
