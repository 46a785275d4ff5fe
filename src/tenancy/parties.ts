import { LockMode } from '@mikro-orm/postgresql'
import { type Operation, violatesUnique } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, publicId, uuidOf } from '../platform/ids.js'
import { Customer, Person } from './party.js'
import { checkRevision, checkText } from './request.js'

export const CUSTOMER_ID = 'cus'
export const PERSON_ID = 'prs'

export interface CustomerFields {
  number?: string | null
  name?: string | null
  creditCode?: string | null
}

export async function createCustomer(
  operation: Operation,
  input: CustomerFields & { number: string; name: string },
): Promise<Customer> {
  const now = await operation.now()
  const customer = operation.em.create(Customer, {
    tenantId: operation.session.tenantId,
    id: newUuid(),
    number: customerNumber(input.number),
    name: customerName(input.name),
    creditCode: creditCodeOf(input.creditCode),
    createdAt: now,
    updatedAt: now,
  })
  await flushCustomer(operation)
  return customer
}

export async function updateCustomer(
  operation: Operation,
  input: CustomerFields & { customerId: string; expectedRevision?: number | null },
): Promise<Customer> {
  const id = uuidOf(CUSTOMER_ID, input.customerId)
  const customer =
    id &&
    (await operation.em.findOne(
      Customer,
      { tenantId: operation.session.tenantId, id },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    ))
  if (!customer) throw refuse('NOT_FOUND', { field: ['input', 'customerId'] })
  checkRevision(customer, input.expectedRevision)
  // Null would clear them, and these two can't be without words.
  if (input.number !== undefined) customer.number = customerNumber(input.number ?? '')
  if (input.name !== undefined) customer.name = customerName(input.name ?? '')
  if (input.creditCode !== undefined) customer.creditCode = creditCodeOf(input.creditCode)
  customer.updatedAt = await operation.now()
  await flushCustomer(operation)
  return customer
}

export interface PersonFields {
  personId?: string | null
  customerId?: string | null
  name?: string | null
  email?: string | null
  phone?: string | null
  expectedRevision?: number | null
}

/** Adds a person, or changes the one that `personId` names. An erased person stays erased: it's someone new then. */
export async function upsertPerson(operation: Operation, input: PersonFields): Promise<Person> {
  const now = await operation.now()
  const person =
    input.personId == null
      ? await newPerson(operation, input, now)
      : await findPerson(operation, input.personId)
  checkRevision(person, input.personId == null ? null : input.expectedRevision)
  if (person.erasedAt)
    throw refuse('INVALID_STATE', { field: ['input', 'personId'], messageKey: 'PERSON_ERASED' })
  // Nobody moves from one customer to another: what was told to one of them is not the other's.
  // A malformed id names nobody, and the provider's own people belong to nobody: the two must not meet.
  if (
    input.customerId != null &&
    input.customerId !== (person.customerId && publicId(CUSTOMER_ID, person.customerId))
  )
    throw refuse('INVALID', { field: ['input', 'customerId'] })
  if (input.name !== undefined) person.name = optional(input.name, 'name', 200)
  if (input.email !== undefined) person.email = emailOf(input.email)
  if (input.phone !== undefined) person.phone = optional(input.phone, 'phone', 40)
  if (!person.name) throw refuse('BLANK', { field: ['input', 'name'] })
  person.updatedAt = now
  return person
}

/** PIPL art. 47: what is personal is gone; the id stays, so that what points to it still holds. */
export async function erasePerson(operation: Operation, input: { personId: string }): Promise<Person> {
  const person = await findPerson(operation, input.personId)
  person.erase(await operation.now())
  return person
}

async function newPerson(operation: Operation, input: PersonFields, now: Date): Promise<Person> {
  // A customer's user adds its own people; staff add their own, or say whose.
  const bound = operation.session.customerId
  let customerId = bound
  if (input.customerId != null) {
    customerId = uuidOf(CUSTOMER_ID, input.customerId)
    const seen =
      customerId &&
      (await operation.em.findOne(Customer, { tenantId: operation.session.tenantId, id: customerId }))
    if (!seen) throw refuse('NOT_FOUND', { field: ['input', 'customerId'] })
  }
  return operation.em.create(Person, {
    tenantId: operation.session.tenantId,
    id: newUuid(),
    customerId,
    createdAt: now,
    updatedAt: now,
  })
}

async function findPerson(operation: Operation, personId: string): Promise<Person> {
  const id = uuidOf(PERSON_ID, personId)
  const person =
    id &&
    (await operation.em.findOne(
      Person,
      { tenantId: operation.session.tenantId, id },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    ))
  if (!person) throw refuse('NOT_FOUND', { field: ['input', 'personId'] })
  return person
}

async function flushCustomer(operation: Operation): Promise<void> {
  try {
    await operation.em.flush()
  } catch (error) {
    if (violatesUnique(error, 'customers_number_key')) throw refuse('TAKEN', { field: ['input', 'number'] })
    throw error
  }
}

const customerNumber = (value: string): string => checkText(value, ['input', 'number'], { max: 40 })
const customerName = (value: string): string => checkText(value, ['input', 'name'], { max: 200 })

/** 18 characters of GB 32100-2015 without I, O, S, V, Z. The check character is the registry's matter, not ours. */
function creditCodeOf(value: string | null | undefined): string | null {
  if (value == null || value.trim() === '') return null
  const code = value.trim().toUpperCase()
  if (!/^[0-9A-HJ-NPQRTUWXY]{18}$/.test(code)) throw refuse('INVALID', { field: ['input', 'creditCode'] })
  return code
}

function optional(value: string | null, name: string, max: number): string | null {
  return value === null ? null : checkText(value, ['input', name], { max, blank: true }) || null
}

/** RFC 5321, 4.5.3.1: 64 + 1 + 255 characters. Whether a mailbox exists only a letter can tell, so the form is enough. */
function emailOf(value: string | null): string | null {
  const email = optional(value, 'email', 320)
  if (email !== null && !/^[^\s@]+@[^\s@]+$/.test(email))
    throw refuse('INVALID', { field: ['input', 'email'] })
  return email
}
