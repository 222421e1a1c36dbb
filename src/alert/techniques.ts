/**
 * Techniques: the ids that other people's catalogues give to what an alert may be, with their names.
 *
 * ATT&CK ids are those of v18; where v19 has renumbered one, both are given. ATLAS is v5.6.0, the
 * agentic list of OWASP is of 2026.
 *
 * Source    MITRE ATT&CK v18.1 and v19 (2026); MITRE ATLAS v5.6.0 (2026); OWASP Top 10 for Agentic
 *           Applications (2026).
 */
import { z } from 'zod'

export const techniqueSchema = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
})
export type Technique = z.infer<typeof techniqueSchema>

export const attackTechniqueSchema = z.object({
  v18: z.string().describe('Its id in ATT&CK v18.'),
  v19: z.string().describe('Its id in ATT&CK v19; most are the same.'),
  name: z.string().describe('As v18 has it.'),
  url: z.string(),
})
export type AttackTechnique = z.infer<typeof attackTechniqueSchema>

const attackNames: Readonly<Record<string, string>> = {
  T1020: 'Automated Exfiltration',
  'T1021.007': 'Remote Services: Cloud Services',
  T1029: 'Scheduled Transfer',
  T1030: 'Data Transfer Size Limits',
  T1036: 'Masquerading',
  T1048: 'Exfiltration Over Alternative Protocol',
  T1053: 'Scheduled Task/Job',
  T1059: 'Command and Scripting Interpreter',
  'T1069.003': 'Permission Groups Discovery: Cloud Groups',
  'T1071.001': 'Application Layer Protocol: Web Protocols',
  'T1078.004': 'Valid Accounts: Cloud Accounts',
  'T1087.004': 'Account Discovery: Cloud Account',
  'T1098.001': 'Account Manipulation: Additional Cloud Credentials',
  'T1098.003': 'Account Manipulation: Additional Cloud Roles',
  T1102: 'Web Service',
  'T1110.003': 'Brute Force: Password Spraying',
  T1114: 'Email Collection',
  T1119: 'Automated Collection',
  'T1136.003': 'Create Account: Cloud Account',
  'T1195.001': 'Supply Chain Compromise: Compromise Software Dependencies and Development Tools',
  'T1195.002': 'Supply Chain Compromise: Compromise Software Supply Chain',
  T1199: 'Trusted Relationship',
  T1213: 'Data from Information Repositories',
  'T1213.004': 'Data from Information Repositories: Customer Relationship Management Software',
  'T1213.006': 'Data from Information Repositories: Databases',
  T1484: 'Domain or Tenant Policy Modification',
  T1485: 'Data Destruction',
  T1490: 'Inhibit System Recovery',
  'T1496.004': 'Resource Hijacking: Cloud Service Hijacking',
  T1499: 'Endpoint Denial of Service',
  T1526: 'Cloud Service Discovery',
  T1528: 'Steal Application Access Token',
  T1530: 'Data from Cloud Storage',
  T1531: 'Account Access Removal',
  T1534: 'Internal Spearphishing',
  T1537: 'Transfer Data to Cloud Account',
  T1539: 'Steal Web Session Cookie',
  T1546: 'Event Triggered Execution',
  'T1548.005': 'Abuse Elevation Control Mechanism: Temporary Elevated Cloud Access',
  'T1550.001': 'Use Alternate Authentication Material: Application Access Token',
  'T1552.001': 'Unsecured Credentials: Credentials In Files',
  'T1552.005': 'Unsecured Credentials: Cloud Instance Metadata API',
  'T1552.007': 'Unsecured Credentials: Container API',
  'T1555.006': 'Credentials from Password Stores: Cloud Secrets Management Stores',
  'T1562.008': 'Impair Defenses: Disable or Modify Cloud Logs',
  'T1565.001': 'Data Manipulation: Stored Data Manipulation',
  'T1567.002': 'Exfiltration Over Web Service: Exfiltration to Cloud Storage',
  'T1567.004': 'Exfiltration Over Web Service: Exfiltration Over Webhook',
  T1580: 'Cloud Infrastructure Discovery',
  T1611: 'Escape to Host',
  T1619: 'Cloud Storage Object Discovery',
  T1621: 'Multi-Factor Authentication Request Generation',
  T1656: 'Impersonation',
}

/** What v19 has renumbered of these. */
const RENUMBERED: Readonly<Record<string, string>> = {
  'T1562.008': 'T1685.002',
  T1656: 'T1684.001',
}

const atlasNames: Readonly<Record<string, string>> = {
  'AML.T0010.005': 'AI Supply Chain Compromise: AI Agent Tool',
  'AML.T0011.002': 'User Execution: Poisoned AI Agent Tool',
  'AML.T0012': 'Valid Accounts',
  'AML.T0015': 'Evade AI Model',
  'AML.T0020': 'Poison Training Data',
  'AML.T0029': 'Denial of AI Service',
  'AML.T0031': 'Erode AI Model Integrity',
  'AML.T0034.002': 'Cost Harvesting: Agentic Resource Consumption',
  'AML.T0046': 'Spamming AI System with Chaff Data',
  'AML.T0048': 'External Harms',
  'AML.T0050': 'Command and Scripting Interpreter',
  'AML.T0051.000': 'LLM Prompt Injection: Direct',
  'AML.T0051.001': 'LLM Prompt Injection: Indirect',
  'AML.T0051.002': 'LLM Prompt Injection: Triggered',
  'AML.T0052': 'Phishing',
  'AML.T0053': 'AI Agent Tool Invocation',
  'AML.T0054': 'LLM Jailbreak',
  'AML.T0055': 'Unsecured Credentials',
  'AML.T0061': 'LLM Prompt Self-Replication',
  'AML.T0070': 'RAG Poisoning',
  'AML.T0073': 'Impersonation',
  'AML.T0075': 'Cloud Service Discovery',
  'AML.T0080.000': 'AI Agent Context Poisoning: Memory',
  'AML.T0081': 'Modify AI Agent Configuration',
  'AML.T0082': 'RAG Credential Harvesting',
  'AML.T0083': 'Credentials from AI Agent Configuration',
  'AML.T0084': 'Discover AI Agent Configuration',
  'AML.T0085.000': 'Data from AI Services: RAG Databases',
  'AML.T0085.001': 'Data from AI Services: AI Agent Tools',
  'AML.T0086': 'Exfiltration via AI Agent Tool Invocation',
  'AML.T0091.000': 'Use Alternate Authentication Material: Application Access Token',
  'AML.T0094': 'Delay Execution of LLM Instructions',
  'AML.T0096': 'AI Service API',
  'AML.T0098': 'AI Agent Tool Credential Harvesting',
  'AML.T0101': 'Data Destruction via AI Agent Tool Invocation',
  'AML.T0103': 'Deploy AI Agent',
  'AML.T0105': 'Escape to Host',
  'AML.T0108': 'AI Agent',
  'AML.T0109': 'AI Supply Chain Rug Pull',
  'AML.T0110': 'AI Agent Tool Poisoning',
  'AML.T0112.000': 'Machine Compromise: Local AI Agent',
}

const owaspNames: Readonly<Record<string, string>> = {
  ASI01: 'Agent Goal Hijack',
  ASI02: 'Tool Misuse and Exploitation',
  ASI03: 'Identity and Privilege Abuse',
  ASI04: 'Agentic Supply Chain Vulnerabilities',
  ASI05: 'Unexpected Code Execution',
  ASI06: 'Memory and Context Poisoning',
  ASI07: 'Insecure Inter-Agent Communication',
  ASI08: 'Cascading Failures',
  ASI09: 'Human-Agent Trust Exploitation',
  ASI10: 'Rogue Agents',
}
const OWASP_URL = 'https://genai.owasp.org/resource/owasp-top-10-for-agentic-applications-for-2026/'

/** @throws RangeError for an id that is in no catalogue here: a slip of the pen in ours */
function nameIn(names: Readonly<Record<string, string>>, id: string): string {
  const name = names[id]
  if (name === undefined) throw new RangeError(`No technique ${id} is known.`)
  return name
}

export function attackTechnique(v18: string): AttackTechnique {
  const path = v18.replace('.', '/')
  return {
    v18,
    v19: RENUMBERED[v18] ?? v18,
    name: nameIn(attackNames, v18),
    url: `https://attack.mitre.org/techniques/${path}/`,
  }
}

export function atlasTechnique(id: string): Technique {
  return { id, name: nameIn(atlasNames, id), url: `https://atlas.mitre.org/techniques/${id}` }
}

export function owaspTechnique(id: string): Technique {
  return { id, name: nameIn(owaspNames, id), url: OWASP_URL }
}
