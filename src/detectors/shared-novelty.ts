/**
 * Shared novelty: the agent took up a new place that agents of other kinds took up within two days too.
 *
 * A message that is passed on, a poisoned tool or memory that many read, makes agents of several kinds do
 * the same new thing at once; a roll-out, a project, a partner concerns one kind. As odd as the place is
 * new to the agent, the answer grows to twice as much with the number of other kinds.
 * Reads     what other kinds took up of late, resources
 * Blind to  What reaches fewer than four blueprints, what spreads within one epoch, agents of no known blueprint.
 */
import type { Detector } from './detector.ts'

export const sharedNovelty: Detector = {
  name: 'shared-novelty',
  aspect: 'habit',
  title: 'took up a new place at once with agents of other kinds',
  isOfTenant: true,
  judge: (_readings, _event, { shared }) => shared.nats,
  explain: (_readings, { action, resource }, { shared }) => ({
    expected: 'new places that its own kind alone takes up',
    seen: `${action} on ${resource.id}, new to it and within two days to agents of ${shared.kinds} other kinds`,
    measured: { unit: 'kinds of agents', seen: shared.kinds, over: 'two days' },
  }),
  suppositions: (_readings, { resource }) => [
    {
      kind: 'otherwise',
      had: `${resource.id} been new to it alone`,
      suppose(_others, standing) {
        standing.shared = { ...standing.shared, nats: 0 }
      },
    },
  ],
}
