import { AccountButton, DirectButton } from './account-button.js'
import { ConnectionStatus } from './connection-status.js'
import { Mark } from './icons.js'
import { Link } from './link.js'
import { SearchButton } from './search-button.js'
import { SettingsButton } from './settings.js'

export function PageHeader() {
  return (
    <header className="page-header">
      <Link className="brand" href="/">
        <Mark />
        <span>Stomping Ground</span>
      </Link>
      <ConnectionStatus />
      <SearchButton />
      <DirectButton />
      <AccountButton />
      <SettingsButton />
    </header>
  )
}
