/** A client of Kafka, for who writes there and who reads: where the brokers are, and who we are to them. */
import type { Kafka } from 'kafkajs'
import { z } from 'zod'
import { type AddressGuard, AddressRefused, createAddressGuard } from './address-guard.ts'
import { connect } from './connection.ts'
import { reachOptions } from './reach.ts'
import { plainSecret, readSecret, secretSchema } from './secret.ts'

const broker = z
  .string()
  .regex(/^(?:[\w.-]{1,255}|\[[\da-f:]+\]):\d{1,5}$/i, { error: 'expected host:port' })

/** Name of a topic. */
export const topicSchema = z
  .string()
  .regex(/^[\w.-]{1,249}$/, { error: 'expected letters, digits, dots and dashes' })

export const kafkaOptions = {
  brokers: z.array(broker).min(1).max(100).describe('Some of the brokers, as `host:port`.'),
  tls: z.boolean().default(true).describe('Without it everything travels readable.'),
  mechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .default('scram-sha-512')
    .describe('How `username` and `password` are shown (SASL).'),
  username: z.string().min(1).max(255).optional().describe('Who we are to the brokers.'),
  password: secretSchema().optional().describe('Its password.'),
  ...reachOptions,
}

export type KafkaClientConfig = z.output<z.ZodObject<typeof kafkaOptions>>

/** Refines a schema that has the options above. */
export const isLoginWhole = ({ username, password }: Partial<KafkaClientConfig>): boolean =>
  (username === undefined) === (password === undefined)
export const LOGIN_NOT_WHOLE = {
  path: ['username'],
  error: 'expected both username and password, or neither',
}

/** What may be made anew as often as need be. */
export interface KafkaClients {
  open(retries: number): Promise<Kafka>
  /** What the guard refused last, for kafkajs keeps of an error its message only. */
  refused(): AddressRefused | undefined
}

/** Throws CONFIG_INVALID where the password is not where it should be. */
export function createKafkaClients(config: KafkaClientConfig): KafkaClients {
  const { brokers, timeoutMs, ca, username, mechanism } = config
  const guard = rememberingGuard(createAddressGuard(config.allowPrivate))
  const password = config.password && readSecret(config.password, 'password', plainSecret)
  const tls = config.tls ? { ca } : undefined
  return {
    refused: guard.refused,
    async open(retries) {
      // Loaded where it is configured only.
      const { Kafka: Client, logLevel } = (await import('kafkajs')).default
      return new Client({
        clientId: 'perimeter',
        brokers,
        connectionTimeout: timeoutMs,
        authenticationTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        retry: { retries },
        logLevel: logLevel.NOTHING, // what goes wrong is thrown as well
        socketFactory: ({ host, port, onConnect }) =>
          connect({ host, port, tls, guard }, onConnect),
        ...(username === undefined || password === undefined
          ? {}
          : { sasl: { mechanism: mechanism as 'plain', username, password } }),
      })
    },
  }
}

/** What went wrong first: kafkajs wraps it in what it gave up with. */
export function rootOf(error: unknown) {
  let root = error as { cause?: unknown; retriable?: unknown; name?: string; type?: unknown }
  while (typeof root.cause === 'object' && root.cause !== null) root = root.cause as typeof root
  return root
}

function rememberingGuard(guard: AddressGuard) {
  let refused: AddressRefused | undefined
  return {
    admit(host: string, address: string) {
      try {
        guard.admit(host, address)
        refused = undefined
      } catch (error) {
        if (error instanceof AddressRefused) refused = error
        throw error
      }
    },
    refused: () => refused,
  }
}
