/** Candidates about who acts: stolen, made-up, borrowed and enlarged identities. */
import type { Candidate } from './candidate.ts'

export const identity: readonly Candidate[] = [
  {
    id: 'stolen-credential',
    title: 'a stolen credential, used from elsewhere',
    detectors: ['new-origin', 'new-address', 'new-client', 'unheard-of-origin'],
    isLikely: ({ detectors }) =>
      detectors.has('new-client') &&
      ['new-origin', 'new-address', 'unheard-of-origin'].some((name) => detectors.has(name)),
    attack: ['T1078.004', 'T1528', 'T1550.001'],
    atlas: ['AML.T0012', 'AML.T0091.000'],
    owasp: ['ASI03'],
    step: ({ agent, sponsor }) =>
      `Ask ${sponsor} whether ${agent} was moved or redeployed; if not, revoke its tokens and rotate its credential.`,
  },
  {
    id: 'metadata-credentials',
    title: 'a theft of the credentials its host is given',
    detectors: ['unheard-of-place', 'new-resource', 'new-neighbourhood', 'new-area'],
    isPossible: ({ intents }) => intents.has('metadata'),
    isLikely: ({ intents }) => intents.has('metadata'),
    about: 'metadata',
    attack: ['T1552.005', 'T1078.004'],
    atlas: ['AML.T0055', 'AML.T0091.000'],
    owasp: ['ASI03'],
    step: ({ agent }) =>
      `Rotate the role that the host of ${agent} runs under, and look for its use from elsewhere; block the metadata address for its sandbox.`,
  },
  {
    id: 'shadow-agent',
    title: 'an agent that nobody has registered',
    detectors: ['shadow-agent'],
    isLikely: ({ detectors }) => detectors.has('shadow-agent'),
    attack: ['T1136.003', 'T1550.001'],
    atlas: ['AML.T0103', 'AML.T0112.000'],
    owasp: ['ASI03', 'ASI10'],
    step: ({ agent, resource }) =>
      `Find who runs ${agent} from the owner of ${resource} and from its credential; register it or take its access away.`,
  },
  {
    id: 'masquerade',
    title: 'somebody posing as a trusted agent',
    detectors: ['look-alike', 'shadow-agent', 'newcomer'],
    isPossible: ({ detectors }) =>
      detectors.has('look-alike') || detectors.has('shadow-agent') || detectors.has('newcomer'),
    isLikely: ({ detectors }) => detectors.has('look-alike'),
    attack: ['T1036', 'T1656'],
    atlas: ['AML.T0073'],
    owasp: ['ASI03', 'ASI09'],
    step: ({ agent, peers }) =>
      `Compare the name and the credential of ${agent} with those of ${peers}.`,
  },
  {
    id: 'newborn-agent',
    title: 'a new agent set up to do harm',
    detectors: ['newcomer'],
    attack: ['T1136.003'],
    atlas: ['AML.T0103'],
    owasp: ['ASI10'],
    step: ({ agent, sponsor }) => `Ask ${sponsor} who set ${agent} up, when and for what.`,
  },
  {
    id: 'woken-agent',
    title: 'a dormant agent that somebody has taken over',
    detectors: ['sudden-return'],
    isLikely: ({ foremost }) => foremost === 'sudden-return',
    attack: ['T1078.004'],
    atlas: ['AML.T0012'],
    owasp: ['ASI03', 'ASI10'],
    step: ({ agent, sponsor }) =>
      `Ask ${sponsor} whether ${agent} was meant to run again; if not, disable it and rotate its credential.`,
  },
  {
    id: 'compromised-user',
    title: 'a user taken over, who acts through the agent',
    detectors: ['new-user', 'odd-trigger', 'new-client', 'new-origin', 'off-hours'],
    isPossible: ({ detectors, triggers }) => detectors.has('new-user') || triggers.has('prompt'),
    isLikely: ({ detectors }) => detectors.has('new-user'),
    attack: ['T1078.004', 'T1539'],
    atlas: ['AML.T0012', 'AML.T0053'],
    owasp: ['ASI03', 'ASI09'],
    step: ({ agent }) =>
      `Ask the user on whose behalf ${agent} acted, by another channel, whether it was they; if not, end their sessions.`,
  },
  {
    id: 'new-credential',
    title: 'a credential added to come back with',
    detectors: ['odd-privilege', 'rare-action', 'unheard-of', 'odd-use', 'beyond-purpose'],
    isPossible: ({ intents }) => intents.has('creation'),
    isLikely: ({ intents }) => intents.has('creation'),
    about: 'creation',
    attack: ['T1098.001'],
    atlas: ['AML.T0012'],
    owasp: ['ASI03'],
    step: ({ sponsor, action, resource }) =>
      `Ask ${sponsor} who approved ${action} on ${resource}; delete the credential if nobody did, and look for its first use.`,
  },
  {
    id: 'escalation',
    title: 'rights enlarged step by step',
    detectors: ['odd-privilege', 'new-permission', 'beyond-purpose', 'rare-action', 'unheard-of'],
    isPossible: ({ intents, detectors }) =>
      intents.has('rights') || detectors.has('new-permission'),
    isLikely: ({ intents }) => intents.has('rights'),
    about: 'rights',
    attack: ['T1098.003', 'T1548.005', 'T1484'],
    atlas: ['AML.T0053'],
    owasp: ['ASI03'],
    step: ({ agent, sponsor, action }) =>
      `Ask ${sponsor} whether ${agent} needs ${action}; revoke the scope behind it if not, and undo what it granted.`,
  },
]
