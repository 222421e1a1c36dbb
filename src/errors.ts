/** Every way the engine can fail, and whether trying again can help. */
export const failures = {
  CONFIG_INVALID: { retry: false },
  INPUT_UNREADABLE: { retry: false },
  OUTPUT_UNWRITABLE: { retry: false },
  FORMAT_UNKNOWN: { retry: false },
  REGISTRY_INVALID: { retry: false },
  MEMORY_INVALID: { retry: false },
  MEMORY_NEWER: { retry: false },
  MODEL_INVALID: { retry: false },
  TRAINING_IMPOSSIBLE: { retry: false },
  REDIS_UNAVAILABLE: { retry: false },
  STORE_UNREACHABLE: { retry: true },
  PARTITION_LOST: { retry: true },
  QUEUE_FULL: { retry: true },
  QUOTA_EXCEEDED: { retry: true },
  SOURCE_UNREACHABLE: { retry: true },
  SINK_REFUSED: { retry: false },
  SINK_UNREACHABLE: { retry: true },
} as const satisfies Record<string, { readonly retry: boolean }>

export type FailureCode = keyof typeof failures

/** What is broken, as opposed to what is expected: it carries a code from the table above. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  get retry(): boolean {
    return failures[this.code].retry
  }
}
