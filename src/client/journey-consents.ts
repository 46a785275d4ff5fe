import { createHash } from 'node:crypto'
import { Api, appToken } from './api.js'
import type { Parties } from './journey-agreement.js'
import type { Reported } from './journey-tickets.js'
import { Reader } from './reader.js'
import type { Walk } from './walk.js'

const APP_NAME = 'Partner Portal'
const PURPOSE = 'SUPPORT_PORTAL'
const REPORTER = 'reporter { name redactions { field reason } }'
const PAGE = `{ tickets { nodes { number subject ${REPORTER} } } invoices { nodes { number state total { amount } } } }`
const FRAMES = `subscription ($after: EventCursor) { events(after: $after, types: [TICKET_COMMENTED]) { id type cursor previousCursor
  subject { ... on Ticket { number ${REPORTER} } } } }`

interface Partner {
  appId: string
  app: Api
}

/** 5. A partner's app sees nothing, then rows, then a name, and no name again. */
export async function letThirdPartyIn(walk: Walk, parties: Parties, reported: Reported): Promise<void> {
  const partner = await registerApp(walk, parties)
  await authorize(walk, parties, partner)
  const { eventCursor } = await partner.app.ask('{ eventCursor }')
  const stream = new Reader({
    address: walk.setting.address,
    token: partner.app.token,
    document: FRAMES,
    after: eventCursor,
  })
  try {
    await stream.connected()
    await consent(walk, parties, { ...partner, ...reported, stream })
  } finally {
    await stream.stop()
  }
}

async function registerApp(walk: Walk, { admin }: Parties): Promise<Partner> {
  const scopes = ['ticket:read', 'invoice:read', 'customer:read', 'event:read']
  const { app, clientSecret } = await admin.change(
    'appRegister',
    { name: APP_NAME, contact: 'privacy@partner.example', scopes },
    'app { id clientId name scopes } clientSecret',
  )
  walk.tell("The provider registers a partner's app.", app)
  const token = await appToken(walk.setting.address, { clientId: app.clientId, clientSecret }, PURPOSE)
  const partner = { appId: app.id, app: new Api(walk.setting.address, token) }
  walk.holds(
    'It gets a token at /oauth/token and asks for tickets and invoices: there are none for it.',
    await partner.app.ask(PAGE),
    { tickets: { nodes: [] }, invoices: { nodes: [] } },
  )
  return partner
}

async function authorize(walk: Walk, { signatory }: Parties, { appId, app }: Partner): Promise<void> {
  const grant = {
    purpose: PURPOSE,
    categories: ['TICKET', 'INVOICE', 'CONTACT'],
    operations: ['READ', 'SUBSCRIBE'],
  }
  const { disclosureAuthorization } = await signatory.change(
    'disclosureAuthorize',
    { appId, recipientName: APP_NAME, ...grant },
    'disclosureAuthorization { state purpose categories operations }',
  )
  walk.tell("The customer's signatory authorises it (clause 8.2.1).", disclosureAuthorization)
  walk.holds(
    "Now there are rows. The reporter's name stays closed, and says why: nobody has asked that person.",
    await app.ask(PAGE),
    {
      tickets: {
        nodes: [{ number: 1, subject: 'The assistant gives no answers', reporter: closed('NO_CONSENT') }],
      },
      invoices: { nodes: [{ number: 1, state: 'PAID', total: { amount: '240000.00' } }] },
    },
  )
}

async function consent(
  walk: Walk,
  parties: Parties,
  { appId, app, personId, ticketId, stream }: Partner & Reported & { stream: Reader },
): Promise<void> {
  const consentRecordId = await request(walk, parties, appId, personId)
  const reporter = async (): Promise<unknown> => (await app.ask(PAGE)).tickets.nodes[0].reporter
  /** The reporter in the frame that the next message on the ticket makes. */
  const nextFrame = async (): Promise<unknown> => {
    const known = stream.frames.length
    await parties.member.change('ticketComment', { ticketId, text: 'Any news?' }, 'comment { id }')
    const frame = await stream.frame(known, 'the next frame')
    return frame.subject.reporter
  }
  const decided = { consentRecordId, expressedBy: 'ONLINE', evidence: 'the answer of the consent page' }
  walk.holds("On the app's open subscription it is closed as well.", await nextFrame(), closed('NO_CONSENT'))
  await parties.member.change('consentGrant', decided, 'consentRecord { state }')
  const open = { name: 'Zhang San', redactions: [] }
  walk.holds('The person consents: the name is there on the next read.', await reporter(), open)
  walk.holds('And on the next frame.', await nextFrame(), open)
  await parties.member.change('consentWithdraw', decided, 'consentRecord { state }')
  // At once, and side by side: neither gives the other time.
  const [read, frame] = await Promise.all([reporter(), nextFrame()])
  walk.holds('The person withdraws: the name is closed on the next read.', read, closed('CONSENT_WITHDRAWN'))
  walk.holds("And on the next frame of the app's own open subscription.", frame, closed('CONSENT_WITHDRAWN'))
}

async function request(walk: Walk, { member }: Parties, appId: string, personId: string): Promise<string> {
  const { consentRecord } = await member.change(
    'consentRequest',
    {
      personId,
      appId,
      recipientName: APP_NAME,
      purpose: PURPOSE,
      categories: ['CONTACT'],
      processingMethod: 'shown to the agents of the portal',
      noticeHash: createHash('sha256').update('what the person was shown').digest('hex'),
    },
    'consentRecord { id state categories recipientName }',
  )
  walk.tell('The person is asked whether the portal may know the name.', consentRecord)
  return consentRecord.id
}

/** Everything personal is null, and says why. */
const closed = (reason: string): object => ({
  name: null,
  redactions: ['name', 'email', 'phone'].map(field => ({ field, reason })),
})
