// Browsers run no modules from a folder on the disk, so the page would stay at "Loading…" for ever.
if (location.protocol === 'file:') {
  const status = document.getElementById('status');
  status.className = 'wrong';
  status.textContent = 'A browser does not run this page from a folder on the disk. In the folder, start '
    + '"python3 -m http.server" and open http://localhost:8000, or put the folder on any host of static files.';
}
