import { type Database, type Grant, MAX_GRANTS, statement, systemSession } from '../persistence/index.js'
import { Failure } from '../platform/failure.js'
import { newUuid } from '../platform/ids.js'
import {
  App,
  type Caller,
  type DisclosureGate,
  type DisclosureOperation,
  type Purpose,
  type RedactionReason,
} from '../tenancy/index.js'
import type { ConsentState } from './consent-record.js'
import { Disclosure } from './disclosure.js'

const grantsOfApp = statement(
  'disclosure_grants_of_app',
  `select distinct customer_id as "customerId", category
   from disclosure_authorizations, jsonb_array_elements_text(categories) as category
   where tenant_id = $1 and app_id = $2 and purpose = $3 and operations ? $4
     and revoked_at is null and (valid_until is null or valid_until > (select surety_now()))
   order by 1, 2 limit ${MAX_GRANTS + 1}`,
)

/**
 * Of each person the record that opens, else the one that was last decided. What a person took back is closed whatever
 * else stands, so a consent holds only if it was given after the last withdrawal (PIPL art. 15). OTHER is as many
 * purposes as it has wordings: a consent meets the authorisation that says the same (art. 14 wants it given for this one).
 */
export const consentsOfPersons = statement(
  'consents_of_persons',
  `select distinct on (person_id) person_id as "personId", state, purpose_text as "purposeText", holds
   from (select person_id, state, purpose_text, updated_at,
           state = 'GRANTED' and (expires_at is null or expires_at > (select surety_now()))
           and updated_at > coalesce(max(updated_at) filter (where state = 'WITHDRAWN') over (partition by person_id, purpose_text), '-infinity') as holds
         from consent_records as c
         where tenant_id = $1 and app_id = $2 and purpose = $3 and categories ? $4 and person_id = any ($5::uuid[])
           and state <> 'REQUESTED'
           and (purpose <> 'OTHER' or exists (
             select from disclosure_authorizations as a
             where a.tenant_id = c.tenant_id and a.app_id = c.app_id and a.customer_id = c.customer_id and a.purpose = c.purpose
               and a.purpose_text = c.purpose_text and a.categories ? $4 and a.operations ? $6
               and a.revoked_at is null and (a.valid_until is null or a.valid_until > (select surety_now()))))) as decided
   order by person_id, holds desc, updated_at desc`,
)

/**
 * The gate of 8.2.1. It is asked anew for every answer and keeps nothing in memory, so what was revoked, withdrawn or is
 * over is closed on the very next read, on every process.
 *
 * Privilege rises here: an app's own session sees neither authorisations nor consents, so the gate looks as Surety
 * itself. Tenant, app and purpose come from the verified token, and only pairs of ids and a reason come out.
 */
export function disclosureGate(database: Database): DisclosureGate {
  return {
    grantsOf: async (caller, operation) => {
      if (caller.appId === null || caller.purpose === null) return []
      const grants = await readGrants(database, caller, operation)
      if (grants.length > MAX_GRANTS)
        throw new Failure('BAD_USER_INPUT', { messageKey: 'TOO_MANY_GRANTS', params: { max: MAX_GRANTS } })
      return grants
    },
    closuresOf: async (reads, caller, operation, category, personIds) => {
      if (caller.appId === null || caller.purpose === null) return personIds.map(() => 'NO_CONSENT')
      const values = [caller.tenantId, caller.appId, caller.purpose, category, personIds, operation]
      const rows = await reads.rowsAsSurety<PersonsConsent>(consentsOfPersons, values)
      const byPerson = new Map(rows.map(row => [row.personId, row]))
      return personIds.map(id => closureBy(byPerson.get(id)))
    },
    note: async (caller, requestId, notes) => {
      await database.write(systemSession(caller.tenantId), async operation => {
        const occurredAt = await operation.now()
        const app = await operation.em.findOneOrFail(App, {
          tenantId: caller.tenantId,
          id: caller.appId as string,
        })
        for (const { customerId, categories, objectCount, fieldCount } of notes) {
          operation.em.create(Disclosure, {
            tenantId: caller.tenantId,
            id: newUuid(),
            customerId,
            appId: app.id,
            recipientName: app.name,
            purpose: caller.purpose as Purpose,
            categories: [...categories],
            objectCount,
            fieldCount,
            requestId,
            occurredAt,
          })
        }
      })
    },
  }
}

async function readGrants(
  database: Database,
  caller: Caller,
  operation: DisclosureOperation,
): Promise<Grant[]> {
  const reads = database.read(systemSession(caller.tenantId))
  try {
    return await reads.rows<Grant>(grantsOfApp, [caller.tenantId, caller.appId, caller.purpose, operation])
  } finally {
    reads.close()
  }
}

export interface PersonsConsent {
  personId: string
  state: ConsentState
  purposeText: string | null
  holds: boolean
}

/** Why a person's data is closed, or null. A refusal looks like no consent at all: the app needn't know which. */
export function closureBy(consent: PersonsConsent | undefined): RedactionReason | null {
  if (!consent) return 'NO_CONSENT'
  if (consent.holds) return null
  if (consent.state === 'WITHDRAWN') return 'CONSENT_WITHDRAWN'
  return consent.state === 'EXPIRED' || consent.state === 'GRANTED' ? 'CONSENT_EXPIRED' : 'NO_CONSENT'
}
