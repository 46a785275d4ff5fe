import './backup-event-data.js'
import { declareEvents } from '../tenancy/index.js'

/** What can happen to a backup (clause 8.3.1). */
declareEvents('backup', 'BACKUP_LOG', {
  verified: 'A copy was read back and found whole: its slot is done (clause 8.3.1).',
  failed: 'A run failed, or its copy could not be read back.',
  missed: 'A slot passed its grace without a verified run (clause 8.3.1).',
})
