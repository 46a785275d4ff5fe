import { Migration } from '@mikro-orm/migrations'
import { touchesDirectory } from './walls-of-2026-11.js'

export class ConnectedCallersAreAskedAgain extends Migration {
  override up(): void {
    for (const sql of touchesDirectory('caller_mappings')) this.addSql(sql)
  }
}
