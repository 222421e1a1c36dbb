/** Candidates about data: found, gathered, taken away or destroyed. */
import type { Candidate } from './candidate.ts'

export const data: readonly Candidate[] = [
  {
    id: 'access-probing',
    title: 'probing for what it can get at',
    detectors: ['refusal-burst', 'odd-outcome', 'wide-reach', 'new-resource', 'beyond-purpose'],
    isPossible: ({ detectors, denials }) => detectors.has('refusal-burst') || denials > 0,
    isLikely: ({ detectors, denials }) => detectors.has('refusal-burst') || denials > 2,
    attack: ['T1110.003', 'T1580', 'T1619'],
    atlas: ['AML.T0075'],
    owasp: ['ASI03'],
    step: ({ agent, resource }) =>
      `List what ${agent} was denied and what it was not; restrict whatever let it in beyond its work, ${resource} first.`,
  },
  {
    id: 'reconnaissance',
    title: 'reconnaissance of directories, tools or places',
    detectors: ['wide-reach', 'event-burst', 'repeated-action', 'rare-action', 'new-area'],
    isPossible: ({ intents }) => intents.has('discovery'),
    about: 'discovery',
    attack: ['T1087.004', 'T1069.003', 'T1526'],
    atlas: ['AML.T0075', 'AML.T0084'],
    owasp: ['ASI03'],
    step: ({ agent, peers }) =>
      `Compare what ${agent} listed with what ${peers} list, and watch what it goes on to touch.`,
  },
  {
    id: 'bulk-collection',
    title: 'data gathered in bulk',
    detectors: [
      'bulk-transfer',
      'large-call',
      'heavy-session',
      'wide-reach',
      'event-burst',
      'repeated-action',
      'odd-sensitivity',
    ],
    isPossible: ({ intents }) => intents.has('collection'),
    isLikely: ({ detectors, intents }) =>
      intents.has('collection') &&
      ['bulk-transfer', 'large-call', 'wide-reach'].some((name) => detectors.has(name)),
    about: 'collection',
    attack: ['T1213', 'T1213.004', 'T1213.006', 'T1530', 'T1119'],
    atlas: ['AML.T0085.000', 'AML.T0085.001'],
    owasp: ['ASI02', 'ASI03'],
    step: ({ agent, sponsor, resource }) =>
      `Ask ${sponsor} which job of ${agent} needs so much, ${resource} among it; find out where the data went before anything else.`,
  },
  {
    id: 'mail-collection',
    title: 'mail gathered',
    detectors: [
      'bulk-transfer',
      'large-call',
      'heavy-session',
      'wide-reach',
      'repeated-action',
      'new-user',
    ],
    isPossible: ({ intents }) => intents.has('mail') && intents.has('collection'),
    about: 'mail',
    attack: ['T1114', 'T1119'],
    atlas: ['AML.T0085.001'],
    owasp: ['ASI02'],
    step: ({ agent }) =>
      `Tell the owners of the mailboxes that ${agent} read, and ask what they sent it.`,
  },
  {
    id: 'purpose-violation',
    title: 'an allowed right used for what the agent is not for',
    detectors: ['beyond-purpose', 'odd-use', 'new-area', 'odd-sensitivity'],
    attack: ['T1213'],
    atlas: ['AML.T0053'],
    owasp: ['ASI02'],
    step: ({ agent, sponsor, action, resource }) =>
      `Ask ${sponsor} whether ${agent} is to do ${action} on ${resource}: widen its registered purpose, or take the right away.`,
  },
  {
    id: 'injected-exfiltration',
    title: 'an injected instruction to send data out',
    detectors: [
      'data-flow',
      'new-destination',
      'unheard-of',
      'unheard-of-place',
      'unheard-of-step',
      'odd-step',
    ],
    isPossible: ({ intents }) => intents.has('egress'),
    isLikely: ({ detectors }) => detectors.has('new-destination'),
    about: 'egress',
    attack: ['T1567.004', 'T1048'],
    atlas: ['AML.T0051.001', 'AML.T0086'],
    owasp: ['ASI01', 'ASI02'],
    step: ({ agent, resource }) =>
      `Block ${resource}; read what ${agent} took in just before, a mail, page or ticket, for instructions.`,
  },
  {
    id: 'foreign-storage',
    title: 'data taken out to storage of somebody else',
    detectors: ['data-flow', 'new-destination', 'unheard-of-place', 'unheard-of', 'bulk-transfer'],
    isPossible: ({ intents }) => intents.has('egress') && intents.has('storage'),
    isLikely: ({ detectors }) =>
      detectors.has('new-destination') || detectors.has('unheard-of-place'),
    about: 'egress',
    attack: ['T1537', 'T1567.002'],
    atlas: ['AML.T0086'],
    owasp: ['ASI02'],
    step: ({ resource }) =>
      `Find out whose ${resource} is; if it is not yours, have it taken down and list what was copied there.`,
  },
  {
    id: 'slow-exfiltration',
    title: 'data taken out in drips',
    detectors: ['lone-habit', 'repeated-action', 'long-session', 'new-destination'],
    isPossible: ({ detectors, intents }) => detectors.has('lone-habit') || intents.has('egress'),
    isLikely: ({ detectors }) => detectors.has('lone-habit'),
    about: 'egress',
    attack: ['T1030', 'T1029', 'T1020'],
    atlas: ['AML.T0086'],
    owasp: ['ASI02', 'ASI10'],
    step: ({ agent, resource }) =>
      `Add up what ${agent} sent to ${resource} over the last two weeks.`,
  },
  {
    id: 'secret-harvesting',
    title: 'secrets gathered',
    detectors: ['odd-privilege', 'odd-use', 'new-resource', 'new-neighbourhood', 'odd-sensitivity'],
    isPossible: ({ intents }) => intents.has('credentials') && intents.has('collection'),
    isLikely: ({ intents }) => intents.has('credentials') && intents.has('collection'),
    about: 'credentials',
    attack: ['T1552.001', 'T1552.007', 'T1555.006'],
    atlas: ['AML.T0098', 'AML.T0082', 'AML.T0083', 'AML.T0055'],
    owasp: ['ASI03'],
    step: ({ agent }) =>
      `Rotate every secret that ${agent} read in these events, the gravest first, and look for their use.`,
  },
  {
    id: 'destruction',
    title: 'data or backups destroyed',
    detectors: ['odd-privilege', 'rare-action', 'repeated-action', 'unheard-of', 'event-burst'],
    isPossible: ({ intents }) => intents.has('destruction'),
    isLikely: ({ intents }) => intents.has('destruction'),
    about: 'destruction',
    attack: ['T1485', 'T1490', 'T1531'],
    atlas: ['AML.T0101'],
    owasp: ['ASI02', 'ASI10'],
    step: ({ agent, resource }) =>
      `Take the right to delete from ${agent}, then restore ${resource} and check that its backups are there.`,
  },
]
