import { useTexts } from '../i18n/language.js'
import { Link } from './link.js'
import { PageHeader } from './page-header.js'
import { useTitle } from './use-title.js'

/** Instead of a room that does not exist, or of a page that there is not. */
export function MissingPage({ what }: { readonly what: 'room' | 'page' }) {
  const texts = useTexts()
  const title = what === 'room' ? texts.missingTitle : texts.missingPage
  useTitle(title)
  return (
    <div className="plain-page">
      <PageHeader />
      <main className="missing">
        <h1 tabIndex={-1}>{title}</h1>
        {what === 'room' && <p>{texts.missingHelp}</p>}
        <Link className="button" href="/">
          {texts.allRooms}
        </Link>
      </main>
    </div>
  )
}
