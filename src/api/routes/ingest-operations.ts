/** What the routes that take events in say of themselves, for the OpenAPI document. */
import { type Operation, ref } from '../openapi.ts'
import { TAKE_IN_PROBLEMS } from '../take-in.ts'

const text = { type: 'string' } as const
const forFirehose = {
  type: 'object',
  description: 'To Data Firehose, by `X-Amz-Firehose-Request-Id`.',
  properties: { requestId: text, timestamp: { type: 'integer' }, errorMessage: text },
  required: ['requestId', 'timestamp'],
}
const forEventGrid = {
  type: 'object',
  description: 'To the validation of a subscription of Event Grid.',
  properties: { validationResponse: text },
  required: ['validationResponse'],
}

export const sendEvents: Operation = {
  id: 'sendEvents',
  summary: 'Takes a batch of events in, and answers once Redis has it.',
  parameters: [
    { name: 'format', in: 'query', about: 'Of the records; found out where none is named.' },
    { name: 'X-Perimeter-Format', in: 'header', about: 'The same as `format`.' },
    {
      ...{ name: 'mode', in: 'query', values: ['live', 'history'] },
      about: 'History is learned and never alerted on; it needs the role admin.',
    },
    { name: 'X-Perimeter-Mode', in: 'header', about: 'The same as `mode`.' },
    { name: 'Content-Encoding', in: 'header', about: 'gzip, deflate, or zstd from Node 22.15.' },
  ],
  body: {
    'application/json': {
      description: 'Events, or records of any format there is, alone or in an array or envelope.',
      anyOf: [ref('Event'), { type: 'array', items: { type: 'object' } }, { type: 'object' }],
    },
    'application/x-ndjson': { type: 'string', description: 'One record a line.' },
    'text/csv': { type: 'string', description: 'With a header line, for a format of your own.' },
  },
  answers: {
    200: {
      about:
        'Redis has what was accepted; what was rejected is listed. Clouds are answered their way.',
      content: { 'application/json': { anyOf: [ref('IngestAnswer'), forFirehose, forEventGrid] } },
    },
  },
  problems: TAKE_IN_PROBLEMS,
}

export const endOfHistory: Operation = {
  id: 'endHistory',
  summary: "Joins what history has taught to the agents' present.",
  answers: { 204: { about: 'Redis has it.' } },
  problems: [503],
}

/** The handshake of CloudEvents' web hooks. */
export const askToSend: Operation = {
  id: 'askToSend',
  summary: 'Allows whoever asks with a key to deliver CloudEvents here.',
  parameters: [
    { name: 'WebHook-Request-Origin', in: 'header', about: 'Who asks.' },
    { name: 'WebHook-Request-Rate', in: 'header', about: 'How many a minute it would send.' },
  ],
  answers: { 200: { about: 'It may, at any rate.' } },
  problems: [400],
}
