import { mount } from 'svelte';
import './design/tokens.css';
import './design/base.css';
import App from './app/App.svelte';
import { i18n, preferredLanguage } from './core/i18n.svelte';
import { session } from './core/session.svelte';

await Promise.all([i18n.speak(preferredLanguage()), session.resume()]);
mount(App, { target: document.getElementById('app')! });
