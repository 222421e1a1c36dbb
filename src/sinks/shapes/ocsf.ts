/**
 * OCSF: the alert as a Detection Finding (class 2004).
 *
 * Source    Open Cybersecurity Schema Framework 1.8.0, classes/findings/detection_finding, with the
 *           profile security_control.
 * Departs   The agent is a resource of type "AI Agent": the object `ai_agent` is of 1.9 only.
 */
import type { Alert } from '../../alert/alert.ts'
import { deliveryKey } from '../sink.ts'
import { scales } from './severity.ts'

export const OCSF_VERSION = '1.8.0'
const CLASS_UID = 2004
const SEVERITY_NAMES = ['Unknown', 'Informational', 'Low', 'Medium', 'High', 'Critical']
const LEVEL_IDS = { low: 1, medium: 2, high: 3 } as const
/** `analytic.type_id` Statistical. */
const STATISTICAL = 3
/** `resources.role_id` Actor. */
const ACTOR = 2
/** `observables.type_id` Resource UID. */
const RESOURCE_UID = 10

/** `finding_info.uid` is the alert's id in every revision, `metadata.uid` that of the revision. */
export function ocsfOf(alert: Alert) {
  const { agent, score, confidence } = alert
  const severityId = scales[alert.severity].ocsf
  const activity = alert.revision === 1 ? { id: 1, name: 'Create' } : { id: 2, name: 'Update' }
  const times = { first: Date.parse(alert.time), last: Date.parse(alert.lastTime) }
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS_UID,
    class_name: 'Detection Finding',
    type_uid: CLASS_UID * 100 + activity.id,
    type_name: `Detection Finding: ${activity.name}`,
    time: times.last,
    severity_id: severityId,
    severity: SEVERITY_NAMES[severityId],
    status_id: 1,
    status: 'New',
    message: alert.title,
    is_alert: true,
    confidence_id: LEVEL_IDS[confidence.level],
    confidence: capital(confidence.level),
    risk_score: Math.round(score),
    risk_level_id: severityId - 1, // 0 Info to 4 Critical
    risk_details: alert.severityWhy.join('; '),
    metadata: {
      version: OCSF_VERSION,
      uid: deliveryKey(alert),
      product: { name: 'Perimeter', vendor_name: 'Perimeter', version: alert.scoredWith },
      profiles: ['security_control'],
      tenant_uid: alert.tenant,
      event_code: alert.reasons[0]?.detector ?? 'none',
    },
    finding_info: {
      uid: alert.id,
      title: alert.title,
      desc: alert.reasons
        .map(({ title, expected, seen }) => `${title}: ${seen} (expected ${expected})`)
        .join('; '),
      types: alert.candidates.map(({ id }) => id),
      first_seen_time: times.first,
      last_seen_time: times.last,
      analytic: {
        type_id: STATISTICAL,
        type: 'Statistical',
        name: alert.reasons[0]?.detector ?? 'none',
        version: alert.scoredWith,
      },
      related_analytics: alert.reasons.slice(1).map(({ detector }) => ({
        type_id: STATISTICAL,
        type: 'Statistical',
        name: detector,
      })),
      attacks: attacksOf(alert),
      related_events: alert.events.map((uid) => ({ uid })),
      related_events_count: alert.eventCount,
    },
    resources: [
      {
        uid: agent.id,
        name: agent.name ?? agent.id,
        type: 'AI Agent',
        role_id: ACTOR,
        ...(agent.sponsor === undefined ? {} : { owner: { name: agent.sponsor } }),
        ...(agent.criticality === undefined ? {} : { criticality: agent.criticality }),
        ...(agent.blueprint === undefined
          ? {}
          : { group: { name: agent.blueprint, type: 'blueprint' } }),
      },
    ],
    evidences: alert.evidence.map((shown) => ({
      uid: shown.event,
      name: shown.action,
      actor: { app_uid: agent.id, app_name: agent.name ?? agent.id },
      api: { operation: shown.action, response: { message: shown.outcome } },
      resources: [{ uid: shown.resource }],
      data: {
        time: shown.time,
        p: shown.p,
        detectors: shown.detectors,
        ...(shown.session === undefined ? {} : { session: shown.session }),
        ...(shown.trigger === undefined ? {} : { trigger: shown.trigger }),
      },
    })),
    observables: [{ name: 'resources.uid', type_id: RESOURCE_UID, value: agent.id }],
    ...(alert.nextSteps.length === 0 ? {} : { remediation: { desc: alert.nextSteps.join(' ') } }),
    unmapped: { revision: alert.revision, confidence_why: confidence.why },
  }
}

/** Each technique once, whichever candidates name it. */
function attacksOf({ candidates }: Alert) {
  const byId = new Map<string, object>()
  for (const { v18, name, url } of candidates.flatMap(({ attack }) => attack)) {
    const [technique, sub] = v18.split('.', 1)[0] === v18 ? [v18] : [v18.split('.', 1)[0], v18]
    const [whole, part] = name.split(': ', 2)
    byId.set(v18, {
      version: '18',
      technique: { uid: technique, name: whole, ...(sub === undefined ? { src_url: url } : {}) },
      ...(sub === undefined ? {} : { sub_technique: { uid: sub, name: part, src_url: url } }),
    })
  }
  for (const { id, name, url } of candidates.flatMap(({ atlas }) => atlas)) {
    byId.set(id, { version: 'ATLAS 5.6.0', technique: { uid: id, name, src_url: url } })
  }
  return [...byId.values()]
}

function capital(word: string): string {
  return word.replace(/^./, (letter) => letter.toUpperCase())
}
