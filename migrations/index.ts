import { OneClockDecides } from './m20261122_01_one_clock_decides.js'
import { TheDirectoryIsWhatMustBeKnownBeforeTheTenant } from './m20261122_02_the_directory_is_what_must_be_known_before_the_tenant.js'
import { PartiesAndPersonsBelongToATenant } from './m20261122_03_parties_and_persons_belong_to_a_tenant.js'
import { AgreementsHaveVersionsAndVersionsHaveClauses } from './m20261122_04_agreements_have_versions_and_versions_have_clauses.js'
import { WhatHappenedAndWhatIsToHappen } from './m20261122_05_what_happened_and_what_is_to_happen.js'
import { EventsAreFoundByAge } from './m20261122_20_events_are_found_by_age.js'
import { ConnectedCallersAreAskedAgain } from './m20261122_21_connected_callers_are_asked_again.js'

/** Every migration, in order. A name that is out never changes; a new one goes to the end. */
export const migrations = [
  { name: '2026-11-22 01 one clock decides', class: OneClockDecides },
  {
    name: '2026-11-22 02 the directory is what must be known before the tenant',
    class: TheDirectoryIsWhatMustBeKnownBeforeTheTenant,
  },
  { name: '2026-11-22 03 parties and persons belong to a tenant', class: PartiesAndPersonsBelongToATenant },
  {
    name: '2026-11-22 04 agreements have versions and versions have clauses',
    class: AgreementsHaveVersionsAndVersionsHaveClauses,
  },
  { name: '2026-11-22 05 what happened and what is to happen', class: WhatHappenedAndWhatIsToHappen },
  { name: '2026-11-22 20 events are found by age', class: EventsAreFoundByAge },
  { name: '2026-11-22 21 connected callers are asked again', class: ConnectedCallersAreAskedAgain },
]
