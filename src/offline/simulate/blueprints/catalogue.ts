/** All kinds of agents in the simulated company. */
import type { Blueprint } from '../blueprint.ts'
import { invoicePayer, staffHelper } from './back-office.ts'
import { codeReviewer, dataScientist } from './engineering.ts'
import { accessJanitor, complianceCollector, knowledgeIndexer } from './housekeeping.ts'
import { mailAssistant, officeCopilot, salesCopilot } from './office.ts'
import { incidentResponder, releaseDeployer, securityScanner } from './operations.ts'
import { backupKeeper, nightlyEtl, reportRunner, stockSync, uptimePoller } from './scheduled.ts'
import { documentWorker, orchestrator, researchBrowser, supportChat } from './service.ts'
import { boardPack, marketingWriter } from './writers.ts'

export const blueprints: readonly Blueprint[] = [
  salesCopilot,
  officeCopilot,
  mailAssistant,
  marketingWriter,
  supportChat,
  researchBrowser,
  orchestrator,
  documentWorker,
  uptimePoller,
  reportRunner,
  nightlyEtl,
  backupKeeper,
  stockSync,
  codeReviewer,
  incidentResponder,
  dataScientist,
  securityScanner,
  releaseDeployer,
  invoicePayer,
  staffHelper,
  boardPack,
  complianceCollector,
  accessJanitor,
  knowledgeIndexer,
]
