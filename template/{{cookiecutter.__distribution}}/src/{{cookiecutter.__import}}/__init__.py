{% include cookiecutter.kind ~ "/module.py" -%}
