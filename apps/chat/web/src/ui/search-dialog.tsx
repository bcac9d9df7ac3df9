import { useEffect, useId, useState, type KeyboardEvent } from 'react'
import { BOUNDS, type SearchHit } from '../../../contract/index.js'
import { explain, useLanguage, useTexts } from '../i18n/language.js'
import { clock, dayName, fullTime } from '../i18n/times.js'
import { usePage } from '../page.js'
import { messagePath } from '../router.js'
import { excerpt } from '../search/excerpt.js'
import { Search, type SearchState } from '../search/search.js'
import { useStore } from '../store.js'
import { Icon } from './icons.js'
import { Link } from './link.js'
import { Modal } from './modal.js'
import { useToday } from './use-today.js'

interface SearchDialogProps {
  /** The room that is shown; it is looked in first. */
  readonly roomId: string | undefined
  readonly onClose: () => void
}

/** Looks for what was said, in a room or in all of them. */
export function SearchDialog({ roomId, onClose }: SearchDialogProps) {
  const texts = useTexts().talk
  const { api } = usePage()
  const [search] = useState(() => new Search(api))
  const state = useStore(search.state)
  const [typed, setTyped] = useState('')
  const [everywhere, setEverywhere] = useState(roomId === undefined)
  const id = useId()
  const room = everywhere ? undefined : roomId
  useEffect(() => search.type(typed, room), [search, typed, room])
  useEffect(() => () => search.close(), [search])
  return (
    <Modal title={texts.search} className="is-search" onClose={onClose}>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            search.now()
          }}
        >
          <div className="search">
            <label className="visually-hidden" htmlFor={id}>
              {texts.searchHint}
            </label>
            <Icon name="search" />
            <input
              id={id}
              type="search"
              className="field"
              data-testid="search"
              value={typed}
              maxLength={BOUNDS.search}
              placeholder={texts.searchHint}
              autoComplete="off"
              enterKeyHint="search"
              onChange={(event) => setTyped(event.target.value)}
              onKeyDown={moveBetweenHits}
            />
          </div>
          {roomId !== undefined && <Where everywhere={everywhere} onEverywhere={setEverywhere} />}
        </form>
      </search>
      <Found state={state} named={everywhere} onMore={() => search.more()} onOpen={onClose} />
    </Modal>
  )
}

interface WhereProps {
  readonly everywhere: boolean
  readonly onEverywhere: (everywhere: boolean) => void
}

function Where({ everywhere, onEverywhere }: WhereProps) {
  const texts = useTexts().talk
  return (
    <fieldset className="search-where">
      <legend className="visually-hidden">{texts.where}</legend>
      <div className="choice">
        {[false, true].map((all) => (
          <label key={String(all)}>
            <input
              type="radio"
              name="search-where"
              checked={everywhere === all}
              onChange={() => onEverywhere(all)}
            />
            <span>{all ? texts.inAllRooms : texts.inThisRoom}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

interface FoundProps {
  readonly state: SearchState
  /** Whether the room of each is said. */
  readonly named: boolean
  readonly onMore: () => void
  readonly onOpen: () => void
}

function Found({ state: { step, hits, next, refusal }, named, onMore, onOpen }: FoundProps) {
  const allTexts = useTexts()
  const texts = allTexts.talk
  const said: Record<SearchState['step'], string> = {
    idle: texts.searchIdle,
    searching: texts.searching,
    done:
      hits.length === 0 && next === undefined ? texts.notFound : texts.found(hits.length, next !== undefined),
    failed: refusal === undefined ? '' : explain(allTexts, refusal),
  }
  return (
    <>
      <p className="search-said" data-step={step}>
        <output>{said[step]}</output>
      </p>
      <ol
        className="hits"
        aria-label={texts.results}
        aria-busy={step === 'searching'}
        hidden={hits.length === 0}
      >
        {hits.map((hit) => (
          <Hit key={`${hit.roomId} ${hit.epoch} ${hit.offset}`} hit={hit} named={named} onOpen={onOpen} />
        ))}
      </ol>
      {(step === 'failed' || (step === 'done' && next !== undefined)) && (
        <button type="button" className="button is-quiet is-small search-more" onClick={onMore}>
          {step === 'failed' ? allTexts.readAgain : texts.moreFound}
        </button>
      )}
    </>
  )
}

interface HitProps {
  readonly hit: SearchHit
  readonly named: boolean
  readonly onOpen: () => void
}

function Hit({ hit: { roomId, offset, message, ranges }, named, onOpen }: HitProps) {
  const language = useLanguage()
  const today = useToday()
  const { rooms } = useStore(usePage().rooms.state)
  const { sender, time } = message
  const isToday = new Date(time).toDateString() === new Date(today).toDateString()
  const room = rooms.find(({ id }) => id === roomId)
  return (
    <li>
      <Link
        className="hit"
        data-testid="hit"
        href={messagePath(roomId, offset)}
        onFollow={onOpen}
        onKeyDown={moveBetweenHits}
      >
        <span className="hit-head">
          <bdi className="hit-sender">{sender}</bdi>
          {named && room !== undefined && <bdi className="hit-room">{room.name}</bdi>}
          <time dateTime={new Date(time).toISOString()} title={fullTime(language, time)}>
            {isToday ? clock(language, time) : dayName(language, time, today).split(' · ')[0]}
          </time>
        </span>
        <span className="hit-text" dir="auto">
          {excerpt(message.message, ranges).map(({ text, found }, i) =>
            // The order of the pieces is who they are.
            // eslint-disable-next-line react/no-array-index-key
            found ? <mark key={i}>{text}</mark> : text,
          )}
        </span>
      </Link>
    </li>
  )
}

/** The arrow keys lead from the field to what was found, and on. */
function moveBetweenHits(event: KeyboardEvent<HTMLElement>): void {
  const { key, nativeEvent, currentTarget } = event
  if ((key !== 'ArrowDown' && key !== 'ArrowUp') || nativeEvent.isComposing) return
  const dialog = currentTarget.closest('dialog')
  const stops = [...(dialog?.querySelectorAll<HTMLElement>('input[type=search], .hit') ?? [])]
  const at = stops.indexOf(currentTarget)
  event.preventDefault()
  stops[at + (key === 'ArrowDown' ? 1 : -1)]?.focus()
}
