import { dataShapeOf, eventDeclarations, type EventDeclaration, objectSchema } from '../tenancy/index.js'

/** What JSON Schema the documents are in; they use nothing that draft 7, which AsyncAPI reads, says otherwise. */
const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
const ENVELOPE = 'cloudevent.1.json'
const ASYNCAPI = 'asyncapi.json'

type Json = Record<string, unknown>

/** Names the file of a type's schema: `breach.detected.1.json` for what `dataSchema` calls `surety:breach.detected:1`. */
const fileOf = ({ dataSchema }: EventDeclaration): string =>
  `${dataSchema.slice(dataSchema.indexOf(':') + 1).replace(':', '.')}.json`

/**
 * What is promised about events to whoever reads them, made of what the rooms declare: the JSON Schema of each type's `data`,
 * that of the envelope, and an AsyncAPI document. By file name, as text.
 */
export function eventContracts(): ReadonlyMap<string, string> {
  const declared = eventDeclarations().sort((one, other) => (one.type < other.type ? -1 : 1))
  const documents: [string, Json][] = [
    ...declared.map((each): [string, Json] => [fileOf(each), dataSchemaOf(each)]),
    [ENVELOPE, envelopeSchema()],
    [ASYNCAPI, asyncApi(declared)],
  ]
  return new Map(documents.map(([name, document]) => [name, `${JSON.stringify(document, null, 2)}\n`]))
}

function dataSchemaOf({ type, category, dataSchema, description }: EventDeclaration): Json {
  return {
    $schema: DIALECT,
    $id: dataSchema,
    title: type,
    description: `${description} Data category ${category}.`,
    ...objectSchema(dataShapeOf(type)),
  }
}

const string = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more })

/** CloudEvents 1.0 in its structured mode, as webhooks bring it. */
function envelopeSchema(): Json {
  return {
    $schema: DIALECT,
    $id: 'surety:cloudevent:1',
    title: 'An event as a CloudEvent',
    description:
      "CloudEvents 1.0, structured JSON. Beside its own attributes there are those of GraphQL's `Event`, in lower case. What the receiver may not see is left out.",
    type: 'object',
    properties: {
      specversion: { const: '1.0' },
      id: string(
        "The event's id, the same at every delivery: act once per id. It is the `webhook-id` as well.",
      ),
      source: string('The address of the API.', { format: 'uri-reference' }),
      type: string('What happened, as `noun.verb`.'),
      time: string('When it was so in the world.', { format: 'date-time' }),
      subject: string('The id of what it happened to.'),
      dataschema: string('Names the JSON Schema of `data`, which has it as its `$id`.', { format: 'uri' }),
      datacontenttype: { const: 'application/json' },
      cursor: string('Its place in the sequence: read on behind it with `events(after:)`.'),
      subjectrevision: { type: 'integer', description: "The subject's revision that it left behind." },
      agreement: string('The id of the agreement it belongs to.'),
      clause: string('The clause it follows from.'),
      actorkind: string('Which kind of actor made it happen.'),
      actorid: string('A keyed hash of the actor.'),
      data: {
        type: 'object',
        description:
          'Of the shape that `dataschema` names. Left out where the body is thin, or would be too large.',
      },
    },
    required: ['specversion', 'id', 'source', 'type', 'time'],
  }
}

function asyncApi(declared: readonly EventDeclaration[]): Json {
  const messages = Object.fromEntries(declared.map(each => [each.type, messageOf(each)]))
  const all = (channel: string): Json[] =>
    declared.map(({ type }) => ({ $ref: `#/channels/${channel}/messages/${type}` }))
  const refs = Object.fromEntries(
    declared.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }]),
  )
  return {
    asyncapi: '3.0.0',
    info: {
      title: "Surety's events",
      version: '1.0.0',
      description:
        'What happens to records, told in the order in which it happened, at least once, to whoever may see it. The same cursor resumes a subscription, a poll (`events` as a query) and a webhook.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: servers(),
    channels: {
      subscription: {
        address: '/graphql',
        title: 'GraphQL subscriptions',
        description:
          '`subscription { events }` and `subscription { breachEvents }`, over a WebSocket (subprotocol `graphql-transport-ws`) or as server-sent events. What a frame holds is what the document selects: `schema/schema.graphql` is its contract.',
        servers: [{ $ref: '#/servers/socket' }, { $ref: '#/servers/stream' }],
        messages: { frame: { $ref: '#/components/messages/frame' } },
      },
      webhook: {
        address: null,
        title: 'Webhooks',
        description:
          'POST to the address that an endpoint was created with, signed by Standard Webhooks 1.0.',
        messages: refs,
      },
    },
    operations: {
      sendFrames: {
        action: 'send',
        channel: { $ref: '#/channels/subscription' },
        messages: [{ $ref: '#/channels/subscription/messages/frame' }],
      },
      deliverWebhooks: {
        action: 'send',
        channel: { $ref: '#/channels/webhook' },
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
        messages: all('webhook'),
      },
    },
    components: {
      messages: { frame: frame(), ...messages },
      messageTraits: { standardWebhook: standardWebhook() },
    },
  }
}

function servers(): Json {
  const variables = { host: { description: 'Host and port of `PUBLIC_URL`.', default: '127.0.0.1:4000' } }
  const server = (protocol: string, description: string): Json => ({
    host: '{host}',
    protocol,
    description,
    variables,
  })
  return {
    socket: server('wss', 'WebSockets; the token goes into `connectionParams.authorization`.'),
    stream: server('https', 'Server-sent events; the token goes into the `Authorization` header.'),
  }
}

/** A frame's fields as the API names them; a document selects some of them. */
function frame(): Json {
  const event = {
    type: 'object',
    properties: {
      id: string('The same at every delivery.'),
      typeName: string('What happened, as `noun.verb`.'),
      cursor: string('Its place in the sequence.'),
      previousCursor: {
        type: ['string', 'null'],
        description: 'The place of the one before it in this stream.',
      },
      time: string('When it was so in the world.', { format: 'date-time' }),
      data: { type: 'object', description: 'Of the shape that `dataSchema` names.' },
      dataSchema: string('The `$id` of a JSON Schema beside this document.'),
    },
  }
  return {
    name: 'frame',
    title: 'An answer to a subscription',
    payload: {
      type: 'object',
      properties: { data: { type: 'object', properties: { events: event, breachEvents: event } } },
    },
  }
}

/** The headers of Standard Webhooks 1.0. */
function standardWebhook(): Json {
  return {
    headers: {
      type: 'object',
      properties: {
        'webhook-id': string("The event's id."),
        'webhook-timestamp': string('When this attempt was made, in seconds since 1970.'),
        'webhook-signature': string(
          '`v1,` and a signature in base64; two with a space while the secret is rotated.',
        ),
      },
      required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    },
  }
}

function messageOf(declaration: EventDeclaration): Json {
  const { type, dataSchema, description } = declaration
  return {
    name: type,
    title: type,
    summary: description,
    contentType: 'application/json',
    traits: [{ $ref: '#/components/messageTraits/standardWebhook' }],
    payload: {
      allOf: [
        { $ref: `./${ENVELOPE}` },
        {
          type: 'object',
          properties: {
            type: { const: type },
            dataschema: { const: dataSchema },
            data: { $ref: `./${fileOf(declaration)}` },
          },
        },
      ],
    },
  }
}
