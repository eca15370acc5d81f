<?php

declare(strict_types=1);

/*
 * A page with a form, as an ordinary script: $_GET, $_POST, cookies and headers are what they are behind any web server.
 */

$name = trim($_POST['name'] ?? $_COOKIE['name'] ?? '');

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    setcookie('name', $name, ['httponly' => true, 'samesite' => 'Lax']);
    error_log("greets $name");
}
?>
<!doctype html>
<title>Hello from PHP</title>
<h1>Hello, <?= htmlspecialchars($name ?: 'world') ?>!</h1>
<form method="post">
  <input name="name" value="<?= htmlspecialchars($name) ?>">
  <button>Greet me</button>
</form>
