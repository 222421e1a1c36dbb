/** Candidates about who steers: hijacked goals, poisoned memories and tools, other agents, loops. */
import type { Candidate } from './candidate.ts'

export const control: readonly Candidate[] = [
  {
    id: 'jailbreak',
    title: 'a prompt that made it do what it should not',
    detectors: [
      'odd-use',
      'unheard-of',
      'unheard-of-step',
      'odd-step',
      'rare-action',
      'odd-combination',
    ],
    isPossible: ({ triggers }) => triggers.has('prompt') || triggers.has('manual'),
    attack: ['T1059'],
    atlas: ['AML.T0051.000', 'AML.T0054', 'AML.T0053'],
    owasp: ['ASI01', 'ASI02'],
    step: ({ agent }) =>
      `Read the prompts of the session where ${agent} keeps them, by the digest in the event, and block whoever wrote them.`,
  },
  {
    id: 'delayed-instruction',
    title: 'a planted instruction that has come due',
    detectors: ['odd-trigger', 'odd-start', 'off-hours', 'unheard-of-step', 'odd-use'],
    isPossible: ({ detectors }) => detectors.has('odd-trigger') || detectors.has('off-hours'),
    attack: ['T1053', 'T1029'],
    atlas: ['AML.T0051.002', 'AML.T0094'],
    owasp: ['ASI01'],
    step: ({ agent, trigger }) =>
      `Look through the memory, the schedules and the inbox of ${agent} for what made ${trigger} lead to this.`,
  },
  {
    id: 'untriggered-run',
    title: 'a run that nobody and no schedule set off',
    detectors: ['off-hours', 'off-beat', 'odd-trigger'],
    isPossible: ({ detectors, triggers }) => detectors.has('off-hours') && triggers.has('none'),
    attack: ['T1078.004', 'T1053'],
    atlas: ['AML.T0094'],
    owasp: ['ASI01', 'ASI10'],
    step: ({ agent, sponsor }) => `Ask ${sponsor} what started ${agent} at this hour.`,
  },
  {
    id: 'memory-poisoning',
    title: 'a poisoned memory or knowledge base',
    detectors: ['odd-use', 'unheard-of', 'rare-action', 'unheard-of-step', 'new-destination'],
    isPossible: ({ intents }) => intents.has('memory'),
    isLikely: ({ intents }) => intents.has('memory'),
    about: 'memory',
    attack: ['T1565.001'],
    atlas: ['AML.T0080.000', 'AML.T0070'],
    owasp: ['ASI06'],
    step: ({ agent, resource }) =>
      `Compare ${resource} with its last good state and roll it back; then replay what ${agent} has done since.`,
  },
  {
    id: 'poisoned-tool',
    title: 'a tool that does something else under its old name',
    detectors: ['unheard-of-step', 'new-destination', 'large-call', 'new-permission', 'odd-step'],
    isPossible: ({ triggers, detectors }) =>
      !triggers.has('prompt') &&
      (detectors.has('unheard-of-step') || detectors.has('odd-step')) &&
      ['new-destination', 'new-permission', 'large-call'].some((name) => detectors.has(name)),
    attack: ['T1195.001', 'T1195.002'],
    atlas: ['AML.T0109', 'AML.T0110', 'AML.T0010.005', 'AML.T0011.002'],
    owasp: ['ASI04'],
    step: ({ agent, peers }) =>
      `Compare the versions and descriptions of the tools of ${agent} with those that ${peers} run; pin the last good ones.`,
  },
  {
    id: 'code-execution',
    title: 'code run out of bounds',
    detectors: ['odd-privilege', 'odd-use', 'rare-action', 'unheard-of', 'unheard-of-place'],
    isPossible: ({ intents }) => intents.has('code'),
    isLikely: ({ intents }) => intents.has('code'),
    about: 'code',
    attack: ['T1059', 'T1611'],
    atlas: ['AML.T0050', 'AML.T0105'],
    owasp: ['ASI05'],
    step: ({ agent }) =>
      `Stop the sandbox of ${agent}, keep its disk, and check its host for what the code started.`,
  },
  {
    id: 'runaway-loop',
    title: 'a runaway loop, or computing power spent for somebody else',
    detectors: ['event-burst', 'repeated-action', 'long-session', 'large-call'],
    isPossible: ({ detectors }) =>
      detectors.has('event-burst') ||
      detectors.has('repeated-action') ||
      detectors.has('long-session'),
    isLikely: ({ intents, detectors }) => intents.has('models') && detectors.has('event-burst'),
    attack: ['T1496.004', 'T1499'],
    atlas: ['AML.T0034.002', 'AML.T0029'],
    owasp: ['ASI08'],
    step: ({ agent, sponsor, action }) =>
      `Cap the rate of ${action} for ${agent}, and ask ${sponsor} whether the session was meant to go on.`,
  },
  {
    id: 'agent-propagation',
    title: 'an instruction that spreads from agent to agent',
    detectors: [
      'new-caller',
      'odd-trigger',
      'unheard-of-step',
      'odd-step',
      'unheard-of',
      'beyond-purpose',
    ],
    isPossible: ({ triggers, intents }) =>
      triggers.has('agent') || (intents.has('agents') && !intents.has('discovery')),
    attack: ['T1534', 'T1021.007'],
    atlas: ['AML.T0061', 'AML.T0108'],
    owasp: ['ASI07', 'ASI08'],
    step: ({ agent, trigger }) =>
      `Follow the chain back from ${trigger} and on from ${agent}; pause what it handed work to.`,
  },
  {
    id: 'cascade',
    title: 'one failing or poisoned agent that moves others',
    detectors: ['shared-novelty', 'event-burst', 'repeated-action', 'odd-outcome', 'wide-reach'],
    isPossible: ({ triggers, detectors }) =>
      triggers.has('agent') || detectors.has('shared-novelty'),
    isLikely: ({ detectors }) => detectors.has('shared-novelty'),
    attack: ['T1199', 'T1565.001'],
    atlas: ['AML.T0061', 'AML.T0048'],
    owasp: ['ASI08'],
    step: ({ trigger, peers }) =>
      `Look whether ${peers} that work for ${trigger} shifted at the same time; if so, start there.`,
  },
  {
    id: 'logging-off',
    title: 'its traces being switched off',
    detectors: ['odd-privilege', 'rare-action', 'unheard-of', 'odd-use', 'beyond-purpose'],
    isPossible: ({ intents }) => intents.has('logging'),
    isLikely: ({ intents }) => intents.has('logging'),
    about: 'logging',
    attack: ['T1562.008'],
    atlas: ['AML.T0081'],
    owasp: ['ASI10'],
    step: ({ agent, resource }) =>
      `Switch ${resource} on again, from an account other than that of ${agent}, and treat the gap as unwatched.`,
  },
  {
    id: 'unwatched-gap',
    title: 'a time in which it ran without a trace, or stood still',
    detectors: ['gone-quiet'],
    isLikely: ({ foremost }) => foremost === 'gone-quiet',
    attack: ['T1562.008'],
    atlas: ['AML.T0081'],
    owasp: ['ASI10'],
    step: ({ agent, sponsor }) =>
      `Ask ${sponsor} whether ${agent} stood still; if it ran, find out what it did from the logs of what it reaches.`,
  },
  {
    id: 'guardrail-change',
    title: 'its instructions or guardrails changed without a word',
    detectors: ['odd-privilege', 'rare-action', 'unheard-of', 'odd-use', 'beyond-purpose'],
    isPossible: ({ intents }) => intents.has('configuration'),
    isLikely: ({ intents }) => intents.has('configuration'),
    about: 'configuration',
    attack: ['T1484', 'T1546'],
    atlas: ['AML.T0081'],
    owasp: ['ASI01', 'ASI10'],
    step: ({ sponsor, resource }) =>
      `Ask ${sponsor} for the change request behind ${resource}; without one, put the old version back.`,
  },
  {
    id: 'baseline-poisoning',
    title: 'a slow change meant to be taken for normal',
    detectors: ['slow-drift', 'long-session', 'repeated-action', 'unheard-of', 'odd-use'],
    isPossible: ({ detectors, intents }) =>
      detectors.has('slow-drift') || (detectors.size > 2 && intents.has('memory')),
    isLikely: ({ detectors }) => detectors.has('slow-drift'),
    attack: ['T1565.001'],
    atlas: ['AML.T0020', 'AML.T0031', 'AML.T0046', 'AML.T0015'],
    owasp: ['ASI10'],
    step: ({ agent }) =>
      `Compare what ${agent} did this week with a month ago before calling any of it normal.`,
  },
  {
    id: 'approval-fatigue',
    title: 'people being worn down by requests for approval',
    detectors: ['repeated-action', 'event-burst', 'beyond-purpose', 'new-area', 'unheard-of-step'],
    isPossible: ({ intents }) => intents.has('approval'),
    isLikely: ({ intents }) => intents.has('approval'),
    about: 'approval',
    attack: ['T1621'],
    atlas: ['AML.T0052'],
    owasp: ['ASI09'],
    step: ({ agent, resource }) =>
      `Warn the approvers (${resource}) to grant ${agent} nothing, and undo what was granted since the first request.`,
  },
  {
    id: 'command-channel',
    title: 'orders taken through a channel nobody watches',
    detectors: [
      'lone-habit',
      'unheard-of-place',
      'new-destination',
      'unheard-of-origin',
      'unheard-of',
    ],
    isPossible: ({ intents }) =>
      intents.has('egress') && (intents.has('models') || intents.has('agents')),
    about: 'egress',
    attack: ['T1102', 'T1071.001'],
    atlas: ['AML.T0096', 'AML.T0108'],
    owasp: ['ASI10'],
    step: ({ agent, resource }) =>
      `Block ${resource} for ${agent}, and look for others that call it.`,
  },
]
