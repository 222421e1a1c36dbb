/** The forms in which an alert can be written as JSON, and how its key is found in each again. */
import type { Alert } from '../../alert/alert.ts'
import { deliveryKey } from '../sink.ts'
import { ecsOf } from './ecs.ts'
import { ocsfOf } from './ocsf.ts'

interface Shape<Written> {
  write(alert: Alert): Written
  /** Throws where the value is none of this shape. */
  keyOf(written: Written): string
}

/** Ours, OCSF's Detection Finding, and Elastic's ECS. */
export const shapes = {
  alert: shape({ write: (alert: Alert) => alert, keyOf: deliveryKey }),
  ocsf: shape({ write: ocsfOf, keyOf: ({ metadata }) => metadata.uid }),
  ecs: shape({
    write: ecsOf,
    keyOf: ({ event, perimeter }) => deliveryKey({ id: event.id, revision: perimeter.revision }),
  }),
}

export const shapeNames = ['alert', 'ocsf', 'ecs'] as const satisfies (keyof typeof shapes)[]
export type ShapeName = (typeof shapeNames)[number]

/** By its line of JSON, whichever shape it has. */
function shape<Written>({ write, keyOf }: Shape<Written>) {
  return {
    write: (alert: Alert): string => JSON.stringify(write(alert)),
    /** Undefined where the line is none of this shape. */
    keyOf(line: string): string | undefined {
      try {
        return keyOf(JSON.parse(line) as Written)
      } catch {
        return undefined
      }
    },
  }
}
