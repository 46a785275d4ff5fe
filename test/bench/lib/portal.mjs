import { join } from 'node:path'
import { graphql } from './load.mjs'
import { ROOT } from './places.mjs'
import { Server } from './server.mjs'

/**
 * The portal read, as each contestant is asked for it: 20 agreements, each with its customer, 5 newest tickets and 3
 * newest invoices. `read` maps an answer to the one form that all must agree in.
 */
const OURS = `query Portal {
  agreements(first: 20) { nodes {
    id number state effectiveOn endsOn
    customer { id number name }
    tickets(first: 5) { nodes { id number subject state priority receivedAt } }
    invoices(first: 3) { nodes { id number state total { amount currency } issuedOn dueOn } }
  } }
}`

const MERCURIUS = `query Portal {
  agreements(first: 20) {
    id number state effectiveOn endsOn
    customer { id number name }
    tickets(first: 5) { id number subject state priority receivedAt }
    invoices(first: 3) { id number state total { amount currency } issuedOn dueOn }
  }
}`

const POSTGRAPHILE = `query Portal {
  allAgreements(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { nodes {
    rowId number state effectiveOn endsOn
    customer: customerByTenantIdAndCustomerId { rowId number name }
    tickets: ticketsByTenantIdAndCustomerIdAndAgreementId(first: 5, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      nodes { rowId number subject state priority receivedAt } }
    invoices: invoicesByTenantIdAndCustomerIdAndAgreementId(first: 3, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      nodes { rowId number state total currency issuedOn dueOn } }
  } }
}`

const nodes = list => list.nodes ?? list
const uuid = row => (row.rowId ?? row.id).replace(/^[a-z]{3}_/, '')
/** Money in minor units, whether an answer has it as `660.00` of Surety's or as the column. */
const minor = (value, decimal) => String(decimal ? value.replace('.', '') : value)

function common(agreements, decimal = false) {
  return nodes(agreements).map(agreement => ({
    id: uuid(agreement),
    number: agreement.number,
    state: agreement.state,
    effectiveOn: agreement.effectiveOn,
    endsOn: agreement.endsOn,
    customer: { id: uuid(agreement.customer), number: agreement.customer.number, name: agreement.customer.name },
    tickets: nodes(agreement.tickets).map(ticket => ({
      id: uuid(ticket),
      number: ticket.number,
      subject: ticket.subject,
      state: ticket.state,
      priority: ticket.priority,
      receivedAt: new Date(ticket.receivedAt).toISOString(),
    })),
    invoices: nodes(agreement.invoices).map(invoice => ({
      id: uuid(invoice),
      number: invoice.number,
      state: invoice.state,
      total: minor(invoice.total.amount ?? invoice.total, decimal),
      currency: invoice.total.currency ?? invoice.currency,
      issuedOn: invoice.issuedOn,
      dueOn: invoice.dueOn,
    })),
  }))
}

const contestant = script => ({
  start: env => Server.start(join(ROOT, `test/bench/contestants/${script}.mjs`), [], env),
})
const surety = own => ({ start: env => Server.surety({ ...env, ...own }) })
const ours = {
  request: token => graphql('/graphql', token, OURS),
  read: answer => common(answer.data.agreements, true),
}

export const CONTESTANTS = {
  surety: { title: 'Surety', ...surety({}), ...ours },
  reference: { title: 'Surety, graphql-js as executor', ...surety({ SURETY_EXECUTOR: 'reference' }), ...ours },
  handwritten: {
    title: 'hand-written handler, one SQL statement',
    ...contestant('handwritten'),
    request: token => ({
      path: '/portal',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{"first":20}',
    }),
    read: answer => common(answer),
  },
  mercurius: {
    title: 'Mercurius with JIT and loaders',
    ...contestant('mercurius'),
    request: token => graphql('/graphql', token, MERCURIUS),
    read: answer => common(answer.data.agreements),
  },
  postgraphile: {
    title: 'PostGraphile 5',
    ...contestant('postgraphile'),
    request: token => graphql('/graphql', token, POSTGRAPHILE),
    read: answer => common(answer.data.allAgreements),
  },
}
