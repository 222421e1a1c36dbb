/** Sessions of AWS roles: which role one belongs to, and who it is. */

const INSTANCE_SESSION = /^m?i-[0-9a-f]{8,17}$/
/** Roles of IAM Identity Center, one for everybody with the same permission set. */
const SHARED_BY_PEOPLE = /:role\/aws-reserved\/sso\.amazonaws\.com\/|role\/AWSReservedSSO_/

/** The parts of `arn:aws:sts::1234:assumed-role/Role/Session`. */
export function sessionArnOf(arn: string) {
  const parts = arn.split(':')
  const [kind, roleName, name] = (parts[5] ?? '').split('/')
  if (kind !== 'assumed-role' || !roleName || !name) return undefined
  return { roleName, name, roleArn: `arn:${parts[1]}:iam::${parts[4]}:role/${roleName}` }
}

/** Whether the session is an EC2 instance's, rather than one run of what the role stands for. */
export const isInstanceSession = (sessionName: string): boolean =>
  INSTANCE_SESSION.test(sessionName)

/** Whether the session is a person's, who signs in through a role that others share. */
export const isPersonsSession = (roleArn: string, sessionName: string): boolean =>
  sessionName.includes('@') || SHARED_BY_PEOPLE.test(roleArn)
