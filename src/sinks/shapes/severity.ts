/** How grave an alert is, on the scales of those who take it. */
import type { Severity } from '../../scoring/threshold.ts'

interface Scales {
  /** OCSF `severity_id`, 1 to 5. */
  readonly ocsf: number
  /** CEF, 0 to 10. */
  readonly cef: number
  /** Syslog, 0 (emergency) to 7 (debug). */
  readonly syslog: number
  readonly sentinel: 'Informational' | 'Low' | 'Medium' | 'High'
  readonly pagerduty: 'info' | 'warning' | 'error' | 'critical'
  /** `event.severity`, as Elastic Security counts it. */
  readonly elastic: number
  /** CAEP `current_level`. */
  readonly caep: 'LOW' | 'MEDIUM' | 'HIGH'
}

/** Sources: the vendors' own documents, as each sink's file names them. */
export const scales: Readonly<Record<Severity, Scales>> = {
  informational: {
    ocsf: 1,
    cef: 2,
    syslog: 6,
    sentinel: 'Informational',
    pagerduty: 'info',
    elastic: 21,
    caep: 'LOW',
  },
  low: {
    ocsf: 2,
    cef: 3,
    syslog: 5,
    sentinel: 'Low',
    pagerduty: 'warning',
    elastic: 21,
    caep: 'LOW',
  },
  medium: {
    ocsf: 3,
    cef: 5,
    syslog: 4,
    sentinel: 'Medium',
    pagerduty: 'warning',
    elastic: 47,
    caep: 'MEDIUM',
  },
  high: {
    ocsf: 4,
    cef: 8,
    syslog: 3,
    sentinel: 'High',
    pagerduty: 'error',
    elastic: 73,
    caep: 'HIGH',
  },
  critical: {
    ocsf: 5,
    cef: 10,
    syslog: 2,
    sentinel: 'High',
    pagerduty: 'critical',
    elastic: 99,
    caep: 'HIGH',
  },
}
