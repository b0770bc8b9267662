//! The form for images from the web: a list or keywords, class, licences, dates, size, how many, and whom servers can ask.

use eframe::egui;

use crate::collect::{DEFAULT_SOURCE, Dates, Licences, Origin, Request, Settings, Span};
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
    /// As typed: the first and the last day that is wanted.
    after: String,
    before: String,
    min_size: u32,
    is_limited: bool,
    limit: u32,
    typed_contact: String,
    /// As it was sent last.
    contact: String,
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
            after: String::new(),
            before: String::new(),
            min_size: 256,
            is_limited: true,
            limit: 100,
            typed_contact: String::new(),
            contact: String::new(),
        }
    }
}

/// Of a field for a date.
const DATE_WIDTH: f32 = 88.0;
const NO_DATES: &str = "Openverse does not say when an image was made";
const CONTACT_HINT: &str = "Sent with every request, so that operators of servers can reach you instead of shutting you out. It is remembered";

impl WebForm {
    /// `contact`: as it was sent last.
    pub fn new(contact: &str) -> Self {
        Self {
            typed_contact: contact.to_owned(),
            contact: contact.to_owned(),
            ..Self::default()
        }
    }

    /// How servers can reach the person, as it was sent last.
    pub fn contact(&self) -> &str {
        &self.contact
    }

    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &ViewCtx<'_>) {
        let weak = theme::palette(ui).text_weak;
        ui.label(theme::small("Where from").color(weak));
        ui.radio_value(&mut self.from, From::Openverse, "Openverse")
            .on_hover_text("openverse.org: images with open licences from many collections");
        ui.radio_value(&mut self.from, From::Commons, "Wikimedia Commons")
            .on_hover_text("commons.wikimedia.org");
        ui.radio_value(&mut self.from, From::List, "A list of addresses")
            .on_hover_text(
                "A text file with an address a line, or a CSV file with a column url; others may be class, licence, author, title, date and page",
            );
        ui.add_space(theme::GAP_SMALL);
        self.origin_ui(ui, ctx);
        ui.add_space(theme::GAP_SMALL);
        self.names_ui(ui);
        ui.add_space(theme::GAP_SMALL);
        self.filters_ui(ui);
        self.contact_ui(ui);
        ui.add_space(theme::GAP_SMALL);
        ui.label(
            theme::small("Servers are asked one request at a time, and what they forbid is left alone. Whether you may use an image is for you to judge: its licence and author are kept with it")
                .color(weak),
        );
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
        self.dates_ui(ui);
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

    fn dates_ui(&mut self, ui: &mut egui::Ui) {
        let is_known = self.from != From::Openverse;
        ui.add_enabled_ui(is_known, |ui| {
            ui.horizontal(|ui| {
                for (word, text, name) in [
                    ("made from", &mut self.after, "Made from"),
                    ("to", &mut self.before, "Made up to"),
                ] {
                    ui.label(word);
                    let field = egui::TextEdit::singleline(text)
                        .hint_text("2019-05")
                        .desired_width(DATE_WIDTH);
                    ui.add(field)
                        .on_hover_text("A day, a month (2019-05) or a year (2019); images without a date are left out")
                        .on_disabled_hover_text(NO_DATES)
                        .accessible_name(name);
                }
            });
        });
    }

    /// None from Openverse, whatever was typed for another one.
    fn dates(&self) -> Result<Dates, String> {
        let day = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<Span>().map(Some),
        };
        if self.from == From::Openverse {
            return Ok(Dates::default());
        }
        Ok(Dates {
            after: day(&self.after)?.map(|span| span.first),
            before: day(&self.before)?.map(|span| span.last),
        })
    }

    fn contact_ui(&mut self, ui: &mut egui::Ui) {
        ui.horizontal(|ui| {
            ui.label("contact").on_hover_text(CONTACT_HINT);
            let field = egui::TextEdit::singleline(&mut self.typed_contact)
                .hint_text("your mail address or page")
                .desired_width(f32::INFINITY);
            ui.add(field)
                .on_hover_text(CONTACT_HINT)
                .accessible_name("Contact for servers");
        });
    }

    fn settings(&self) -> Result<Settings, String> {
        let contact = self.typed_contact.trim();
        let settings = Settings {
            contact: (!contact.is_empty()).then(|| contact.to_owned()),
            ..Settings::of_user()
        };
        settings.check().map_err(|error| error.to_string())?;
        Ok(settings)
    }

    fn origin(&self) -> Option<Origin> {
        let keywords = self.keywords.trim().to_owned();
        match self.from {
            From::List => self.list.path().map(Origin::Urls),
            From::Openverse => (!keywords.is_empty()).then_some(Origin::Openverse(keywords)),
            From::Commons => (!keywords.is_empty()).then_some(Origin::Commons(keywords)),
        }
    }

    /// # Errors
    /// What is still to be done, in words.
    fn request(&self) -> Result<Request, String> {
        let or_none = |text: &str| {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let origin = self.origin().ok_or(match self.from {
            From::List => "Choose a list first",
            From::Openverse | From::Commons => "Type keywords first",
        })?;
        let licences = LICENCES.get(self.licences);
        let licences = licences.and_then(|(codes, _)| codes.parse::<Licences>().ok());
        let has_limit = self.is_limited || self.from != From::List;
        Ok(Request {
            class: or_none(&self.class),
            source: or_none(&self.source).unwrap_or_else(|| DEFAULT_SOURCE.to_owned()),
            licences: licences.unwrap_or_default(),
            dates: self.dates()?,
            min_size: self.min_size,
            limit: has_limit.then_some(self.limit as usize),
            ..Request::new(origin)
        })
    }

    /// Below the form, in view however high the window is. True when the form is done and can be closed.
    pub fn foot_ui(&mut self, ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>) -> bool {
        let wanted = self
            .request()
            .and_then(|request| Ok((request, self.settings()?)));
        let button = theme::primary_button_if(ui, wanted.is_ok(), "Collect the images");
        let response = ui.add_enabled(wanted.is_ok(), button);
        let (request, settings) = match wanted {
            Ok(wanted) => wanted,
            Err(reason) => {
                response.on_disabled_hover_text(reason);
                return false;
            }
        };
        if !response.clicked() {
            return false;
        }
        self.typed_contact.trim().clone_into(&mut self.contact);
        ctx.send(Command::start(WebCollection::new(request, settings)));
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
