//! The form for images from the web: a list or keywords, class, licences, size, how many.

use eframe::egui;

use crate::collect::{DEFAULT_SOURCE, Licences, Origin, Request, Settings};
use crate::session::Command;
use crate::session::jobs::collect::WebCollection;
use crate::ui::context::ViewCtx;
use crate::ui::theme;
use crate::ui::widgets::number_field::NumberField;
use crate::ui::widgets::path_field::{PathField, Pick};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum From {
    #[default]
    Openverse,
    Commons,
    List,
}

/// Licences to choose from, as the command line takes them.
const LICENCES: [(&str, &str); 5] = [
    ("", "any licence"),
    ("commercial", "for commercial use"),
    ("modification", "may be changed"),
    ("by,by-sa,cc0,pdm", "BY, BY-SA, CC0 or public domain"),
    ("cc0,pdm", "CC0 or public domain"),
];

pub struct WebForm {
    from: From,
    keywords: String,
    list: PathField,
    class: String,
    source: String,
    licences: usize,
    min_size: u32,
    is_limited: bool,
    limit: u32,
}

impl Default for WebForm {
    fn default() -> Self {
        Self {
            from: From::default(),
            keywords: String::new(),
            list: PathField::default(),
            class: String::new(),
            source: DEFAULT_SOURCE.to_owned(),
            licences: 0,
            min_size: 256,
            is_limited: true,
            limit: 100,
        }
    }
}

impl WebForm {
    /// True when the form is done and can be closed.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) -> bool {
        let weak = theme::palette(ui).text_weak;
        ui.label(theme::small("Where from").color(weak));
        ui.radio_value(&mut self.from, From::Openverse, "Openverse")
            .on_hover_text("openverse.org: images with open licences from many collections");
        ui.radio_value(&mut self.from, From::Commons, "Wikimedia Commons")
            .on_hover_text("commons.wikimedia.org");
        ui.radio_value(&mut self.from, From::List, "a list of addresses")
            .on_hover_text(
                "A text file with an address a line, or a CSV file with a column url; others may be class, licence, author, title, date and page",
            );
        ui.add_space(theme::GAP_SMALL);
        self.origin_ui(ui, ctx);
        ui.add_space(theme::GAP_SMALL);
        self.names_ui(ui);
        ui.add_space(theme::GAP_SMALL);
        self.filters_ui(ui);
        ui.add_space(theme::GAP_SMALL);
        ui.label(
            theme::small("Servers are asked one request at a time, and what they forbid is left alone. Whether you may use an image is for you to judge: its licence and author are kept with it")
                .color(weak),
        );
        ui.add_space(theme::GAP_LARGE);
        self.collect_ui(ui, ctx)
    }

    fn origin_ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>) {
        match self.from {
            From::Openverse | From::Commons => {
                ui.label(theme::strong("Keywords"));
                text_ui(ui, &mut self.keywords, "Keywords", "such as: red fox");
            }
            From::List => {
                ui.label(theme::strong("List"));
                self.list.ui(ui, "Path of a list", Pick::Images, ctx.waker);
            }
        }
    }

    fn names_ui(&mut self, ui: &mut egui::Ui) {
        ui.label(theme::strong("Class"));
        let hint = match self.from {
            From::Openverse | From::Commons => "the keywords",
            From::List => "that of the list's column class",
        };
        text_ui(ui, &mut self.class, "Class of the images", hint);
        ui.add_space(theme::GAP_SMALL);
        ui.label(theme::strong("Name of the source"));
        text_ui(ui, &mut self.source, "Name of the source", DEFAULT_SOURCE);
    }

    fn filters_ui(&mut self, ui: &mut egui::Ui) {
        ui.label(theme::strong("Licence"));
        let text = LICENCES.get(self.licences).map_or("", |(_, text)| text);
        egui::ComboBox::from_id_salt("licence")
            .width(ui.available_width())
            .selected_text(text)
            .show_ui(ui, |ui| {
                for (at, (_, text)) in LICENCES.iter().enumerate() {
                    ui.selectable_value(&mut self.licences, at, *text);
                }
            })
            .response
            .accessible_name("Licence");
        ui.horizontal(|ui| {
            ui.label("at least");
            NumberField::new(&mut self.min_size, 0..=16_384)
                .ui(ui, None)
                .accessible_name("Pixels of the shorter side");
            ui.label("pixels along the shorter side");
        });
        ui.horizontal(|ui| {
            if self.from == From::List {
                ui.checkbox(&mut self.is_limited, "at most");
            } else {
                ui.label("at most");
            }
            let is_used = self.is_limited || self.from != From::List;
            let limit = NumberField::new(&mut self.limit, 1..=100_000);
            ui.add_enabled_ui(is_used, |ui| limit.ui(ui, None))
                .inner
                .accessible_name("Most images");
            ui.label("images").on_hover_text(
                "Those that the same collection brought before are counted too: to get more, ask for more",
            );
        });
    }

    fn origin(&self) -> Option<Origin> {
        let keywords = self.keywords.trim().to_owned();
        match self.from {
            From::List => self.list.path().map(Origin::Urls),
            From::Openverse => (!keywords.is_empty()).then_some(Origin::Openverse(keywords)),
            From::Commons => (!keywords.is_empty()).then_some(Origin::Commons(keywords)),
        }
    }

    fn request(&self) -> Option<Request> {
        let or_none = |text: &str| {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let licences = LICENCES.get(self.licences);
        let licences = licences.and_then(|(codes, _)| codes.parse::<Licences>().ok());
        let has_limit = self.is_limited || self.from != From::List;
        Some(Request {
            class: or_none(&self.class),
            source: or_none(&self.source).unwrap_or_else(|| DEFAULT_SOURCE.to_owned()),
            licences: licences.unwrap_or_default(),
            min_size: self.min_size,
            limit: has_limit.then_some(self.limit as usize),
            ..Request::new(self.origin()?)
        })
    }

    fn collect_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) -> bool {
        let request = self.request();
        let button = theme::primary_button_if(ui, request.is_some(), "Collect the images");
        let response = ui
            .add_enabled(request.is_some(), button)
            .on_disabled_hover_text(match self.from {
                From::List => "Choose a list first",
                From::Openverse | From::Commons => "Type keywords first",
            });
        let Some(request) = request.filter(|_| response.clicked()) else {
            return false;
        };
        ctx.send(Command::start(WebCollection::new(
            request,
            Settings::of_user(),
        )));
        self.keywords.clear();
        self.list = PathField::default();
        true
    }
}

fn text_ui(ui: &mut egui::Ui, text: &mut String, name: &str, hint: &str) {
    let field = egui::TextEdit::singleline(text)
        .hint_text(hint)
        .desired_width(f32::INFINITY);
    ui.add(field).accessible_name(name);
}
