/** Which agent an ARN of AWS stands for: the same one in every log of AWS. */
import type { RawEvent } from '../../event/event.ts'

const INSTANCE_SESSION = /^m?i-[0-9a-f]{8,17}$/
/** Roles of IAM Identity Center, one for everybody with the same permission set. */
const SHARED_BY_PEOPLE = /:role\/aws-reserved\/sso\.amazonaws\.com\/|role\/AWSReservedSSO_/

/**
 * The agent of a session of a role, or undefined where the ARN is of no session. A role is one agent,
 * except where the session's name is that of a machine or a person.
 *
 * @param roleArn of the role where the log has it in full, with its path
 */
export function agentOfSession(arn: string, roleArn?: string): RawEvent['agent'] | undefined {
  const session = sessionArnOf(arn)
  if (session === undefined) return undefined
  const role = roleArn ?? session.roleArn
  return isAgentOfItsOwn(role, session.name)
    ? { id: arn, name: `${session.roleName}/${session.name}`, blueprint: role }
    : { id: role, name: session.roleName }
}

/** The parts of `arn:aws:sts::1234:assumed-role/Role/Session`. */
export function sessionArnOf(arn: string) {
  const parts = arn.split(':')
  const [kind, roleName, name] = (parts[5] ?? '').split('/')
  if (kind !== 'assumed-role' || !roleName || !name) return undefined
  return { roleName, name, roleArn: `arn:${parts[1]}:iam::${parts[4]}:role/${roleName}` }
}

/** Whether the session is a machine or a person, rather than one run of what the role stands for. */
const isAgentOfItsOwn = (roleArn: string, sessionName: string): boolean =>
  INSTANCE_SESSION.test(sessionName) || isPersonsSession(roleArn, sessionName)

/** Whether the session is a person's, who signs in through a role that others share. */
export const isPersonsSession = (roleArn: string, sessionName: string): boolean =>
  sessionName.includes('@') || SHARED_BY_PEOPLE.test(roleArn)

export const lastPartOf = (arn: string): string => arn.split(/[/:]/).at(-1) || arn

/** Error codes that mean the caller was not allowed to, in every spelling AWS services use. */
export const AWS_DENIED =
  /denied|unauthori[sz]ed|not_?authori[sz]ed|forbidden|authfailure|authorizationerror/i
