import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { openPage } from './page.js'
import './styles/base.css'
import './styles/controls.css'
import './styles/dialog.css'
import './styles/page.css'
import './styles/rooms.css'
import './styles/room.css'
import './styles/log.css'
import './styles/messages.css'
import './styles/changes.css'
import './styles/composer.css'
import './styles/search.css'
import './styles/forms.css'
import './styles/people.css'
import './styles/direct.css'
import './styles/touch.css'
import { followKeyboard } from './viewport.js'

followKeyboard()
const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<App page={openPage()} />)
