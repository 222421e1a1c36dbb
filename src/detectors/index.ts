/** The shelf of detectors. To add one: its file, a line here, a test, a line in docs/detectors.md. */
import { beyondPurpose } from './beyond-purpose.ts'
import { bulkTransfer } from './bulk-transfer.ts'
import { dataFlow } from './data-flow.ts'
import type { Detector } from './detector.ts'
import { eventBurst } from './event-burst.ts'
import { goneQuiet } from './gone-quiet.ts'
import { heavySession } from './heavy-session.ts'
import { largeCall } from './large-call.ts'
import { loneHabit } from './lone-habit.ts'
import { longSession } from './long-session.ts'
import { lookAlike } from './look-alike.ts'
import { newAddress } from './new-address.ts'
import { newArea } from './new-area.ts'
import { newCaller } from './new-caller.ts'
import { newClient } from './new-client.ts'
import { newDestination } from './new-destination.ts'
import { newNeighbourhood } from './new-neighbourhood.ts'
import { newOrigin } from './new-origin.ts'
import { newPermission } from './new-permission.ts'
import { newResource } from './new-resource.ts'
import { newUser } from './new-user.ts'
import { newcomer } from './newcomer.ts'
import { oddCombination } from './odd-combination.ts'
import { oddOutcome } from './odd-outcome.ts'
import { oddPrivilege } from './odd-privilege.ts'
import { oddSensitivity } from './odd-sensitivity.ts'
import { oddStart } from './odd-start.ts'
import { oddStep } from './odd-step.ts'
import { oddTrigger } from './odd-trigger.ts'
import { oddUse } from './odd-use.ts'
import { offBeat } from './off-beat.ts'
import { offHours } from './off-hours.ts'
import { rareAction } from './rare-action.ts'
import { refusalBurst } from './refusal-burst.ts'
import { repeatedAction } from './repeated-action.ts'
import { shadowAgent } from './shadow-agent.ts'
import { sharedNovelty } from './shared-novelty.ts'
import { slowDrift } from './slow-drift.ts'
import { suddenReturn } from './sudden-return.ts'
import { unheardOf } from './unheard-of.ts'
import { unheardOfOrigin } from './unheard-of-origin.ts'
import { unheardOfPlace } from './unheard-of-place.ts'
import { unheardOfStep } from './unheard-of-step.ts'
import { wideReach } from './wide-reach.ts'
export const detectors: readonly Detector[] = [
  offHours,
  offBeat,
  suddenReturn,
  goneQuiet,
  eventBurst,
  bulkTransfer,
  wideReach,
  refusalBurst,
  largeCall,
  heavySession,
  repeatedAction,
  longSession,
  slowDrift,
  newResource,
  newNeighbourhood,
  newArea,
  oddUse,
  oddSensitivity,
  rareAction,
  oddStep,
  oddStart,
  newOrigin,
  newAddress,
  newClient,
  newPermission,
  oddTrigger,
  newCaller,
  newUser,
  oddOutcome,
  oddPrivilege,
  newDestination,
  loneHabit,
  sharedNovelty,
  dataFlow,
  unheardOf,
  unheardOfStep,
  unheardOfPlace,
  unheardOfOrigin,
  newcomer,
  shadowAgent,
  lookAlike,
  beyondPurpose,
  oddCombination,
]
